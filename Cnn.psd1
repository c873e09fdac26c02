@{
    RootModule             = 'lib/Cnn.PowerShell.dll'
    ModuleVersion          = '0.1.0'
    GUID                   = 'f6122b07-e8c4-494d-bc7c-f050ce0ba181'
    Author                 = 'The Cnn authors'
    Copyright              = '(c) The Cnn authors. MIT licence.'
    Description            = 'Train a convolutional neural network from a PowerShell pipeline, on nothing but a CPU.'
    PowerShellVersion      = '7.6'
    CompatiblePSEditions   = @('Core')
    FormatsToProcess       = @('lib/Cnn.Format.ps1xml')
    TypesToProcess         = @('lib/Cnn.Types.ps1xml')
    CmdletsToExport        = @(
        'Export-CnnModel'
        'Get-CnnDevice'
        'Import-CnnModel'
        'Import-Mnist'
        'Invoke-CnnTraining'
        'Measure-CnnAccuracy'
        'New-CnnLayer'
        'New-CnnModel'
    )
    FunctionsToExport      = @()
    AliasesToExport        = @()
    VariablesToExport      = @()
    PrivateData            = @{
        PSData = @{
            Tags       = @('CNN', 'NeuralNetwork', 'MachineLearning', 'MNIST', 'PSEdition_Core')
        }
    }
}
