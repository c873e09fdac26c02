# Presets, and how they give a training the settings that the user leaves out.

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot '../../Cnn.psd1') -Force
    $script:train = Import-Mnist -First 640
}

Describe 'Get-CnnPreset' {
    It 'gives all presets, one by its name, or those that match' {
        (Get-CnnPreset).Name | Should -Be 'Baseline', 'LeNet5', 'Wide', 'Fast', 'Accurate', 'Thorough', 'ColourFast', 'ColourThorough'
        (Get-CnnPreset fast).Name | Should -Be 'Fast'
        (Get-CnnPreset *net5, b*).Name | Should -Be 'LeNet5', 'Baseline'
        { Get-CnnPreset AlexNet -ErrorAction Stop } | Should -Throw -ErrorId 'PresetUnknown,Cnn.PowerShell.GetCnnPresetCommand'
    }

    It 'shows layers and settings at the prompt' {
        $shown = (Get-CnnPreset Fast | Out-String) -replace '\s+', ' ' # long values go on in the next line
        $shown | Should -Match 'convolution \(6 filters 5×5, padding 2\), relu'
        $shown | Should -Match '-Epochs 6 -BatchSize 64 -Optimizer Adam -LearningRate 0.01 -Schedule OneCycle'
    }

    It 'says for which images a preset is, and what it reached' {
        $shown = Get-CnnPreset ColourFast | Out-String
        $shown | Should -Match 'Purpose\s+: Colour pictures'
        $shown | Should -Match 'Reached\s+: \d\d'
        Get-CnnPreset | Format-Table | Out-String -Width 80 | Should -Match 'ColourThorough 3×32×32 '
        Get-CnnPreset Wide | Format-List | Out-String | Should -Not -Match 'Reached'
    }

    It 'has settings that are a copy, to be changed and splatted' {
        $settings = (Get-CnnPreset Fast).Settings
        $settings.Epochs = 1
        $settings.LabelSmoothing = 0.1
        $result = Invoke-CnnTraining $train -Preset Fast -Seed 1 @settings
        $result.Epochs, $result.LabelSmoothing, $result.BatchSize, "$($result.Schedule)" | Should -Be 1, 0.1, 64, 'OneCycle'
        (Get-CnnPreset Fast).Settings.Epochs | Should -Be 6
        (Get-CnnPreset Fast).Settings.LabelSmoothing | Should -Be 0.05
    }
}

Describe 'A preset in a training' {
    It 'is suggested where there is none: for <Shape>, <Name>' -ForEach @(
        @{ Shape = '3×8×8'; Dimension = 3, 8, 8; Name = 'ColourFast' }
        @{ Shape = '1×8×8'; Dimension = 1, 8, 8; Name = 'Fast' }
    ) {
        $images = New-CnnImageSet -Pixel (New-Object byte[] ($Dimension[0] * 64 * 2)) -Label 0, 1 -ImageShape $Dimension
        { Invoke-CnnTraining $images -ErrorAction Stop } | Should -Throw -ErrorId 'PresetRequired,*' -ExpectedMessage "*$Shape*-Preset $Name *"
    }

    It 'says what the command line does not, whichever way the model is made' {
        $results = @(
            New-CnnModel Fast -Seed 2 | Invoke-CnnTraining $train -Epochs 1
            Invoke-CnnTraining $train -Preset Fast -Seed 2 -Epochs 1
            Get-CnnPreset Fast | Invoke-CnnTraining $train -Seed 2 -Epochs 1
        )
        $results.BatchSize | Should -Be 64, 64, 64
        $results.WeightAveraging | Should -Be 0.99, 0.99, 0.99
        $results[1].Loss, $results[2].Loss | Should -Be $results[0].Loss, $results[0].Loss
    }

    It 'gives way to the command line' {
        $result = Invoke-CnnTraining $train -Preset Fast -Seed 2 -Epochs 1 -Schedule Constant -WeightAveraging 0
        "$($result.Schedule)", $result.WeightAveraging, $result.BatchSize | Should -Be 'Constant', 0, 64
    }

    It 'says nothing of a network of one''s own' {
        $result = (Get-CnnPreset Fast).Layers | New-CnnModel -InputShape 1, 28, 28 -Seed 2 | Invoke-CnnTraining $train
        $result.Epochs, $result.BatchSize, $result.WeightAveraging | Should -Be 2, 32, 0
    }
}
