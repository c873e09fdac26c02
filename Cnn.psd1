@{
    RootModule             = 'lib/Cnn.PowerShell.dll'
    ModuleVersion          = '0.1.0'
    GUID                   = 'f6122b07-e8c4-494d-bc7c-f050ce0ba181'
    Author                 = 'The Cnn authors'
    CompanyName            = 'Cnn'
    Copyright              = '(c) The Cnn authors. MIT licence.'
    Description            = 'Train a convolutional neural network from a PowerShell pipeline, on nothing but a CPU: image sets, training with checkpoints, accuracy, plots, prediction and sweeps, on AVX2 kernels with a scalar fallback.'
    PowerShellVersion      = '7.6'
    CompatiblePSEditions   = @('Core')
    FormatsToProcess       = @('lib/Cnn.Format.ps1xml')
    TypesToProcess         = @('lib/Cnn.Types.ps1xml')
    CmdletsToExport        = @(
        'Compare-CnnTraining'
        'Export-CnnImageSet'
        'Export-CnnModel'
        'Export-CnnPlot'
        'Export-CnnSweep'
        'Find-CnnLearningRate'
        'Get-CnnDevice'
        'Get-CnnPreset'
        'Import-CnnDataset'
        'Import-CnnImageSet'
        'Import-CnnModel'
        'Import-CnnSweep'
        'Import-Mnist'
        'Invoke-CnnAugmentation'
        'Invoke-CnnPrediction'
        'Invoke-CnnSweep'
        'Invoke-CnnTraining'
        'Measure-CnnAccuracy'
        'Merge-CnnImageSet'
        'New-CnnAugmentation'
        'New-CnnEnsemble'
        'New-CnnImageSet'
        'New-CnnLayer'
        'New-CnnModel'
        'New-CnnSweep'
        'Select-CnnImage'
        'Set-CnnModelHead'
        'Show-CnnImage'
        'Split-CnnImageSet'
    )
    FunctionsToExport      = @()
    AliasesToExport        = @()
    VariablesToExport      = @()
    PrivateData            = @{
        PSData = @{
            Tags         = @('CNN', 'NeuralNetwork', 'DeepLearning', 'MachineLearning', 'MNIST', 'AVX2', 'SIMD', 'PSEdition_Core', 'Windows', 'Linux', 'MacOS')
            LicenseUri   = 'https://opensource.org/license/mit'
            ProjectUri   = 'https://www.powershellgallery.com/packages/Cnn'
            ReleaseNotes = 'The first release: see CHANGELOG.md.'
        }
    }
}
