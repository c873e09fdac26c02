# Models to other programs and from them, as a person meets them.

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot '../../Cnn.psd1') -Force
    $script:test = Import-Mnist -Subset Test -First 500
    $script:model = (Invoke-CnnTraining -Data (Import-Mnist -First 1000) -Preset LeNet5 -Seed 1 -Epochs 1).Model
}

Describe 'A model as an ONNX graph' {
    BeforeEach { Push-Location $TestDrive }
    AfterEach { Pop-Location }

    It 'comes back and measures the same' {
        $model | Export-CnnModel -Path digits.onnx
        $again = Import-CnnModel digits.onnx
        $again.Name | Should -Be 'LeNet5'
        ($again | Measure-CnnAccuracy -Data $test).Loss | Should -Be ($model | Measure-CnnAccuracy -Data $test).Loss
    }

    It 'is written for each model of a pipeline, and goes on' {
        $passed = $model | Export-CnnModel -Path { "$($_.Name).onnx" } -InputType UInt8 -Opset 17 -PassThru
        $passed.Name | Should -Be 'LeNet5'
        'LeNet5.onnx' | Should -Exist
    }

    It 'names what it cannot read' {
        Set-Content text.onnx 'no network'
        { Import-CnnModel text.onnx -ErrorAction Stop } | Should -Throw -ErrorId 'OnnxFileFormat*' -ExpectedMessage '*text.onnx*'
    }
}

Describe 'The weights of a model' {
    It 'go to NumPy and to another network of the same layers' {
        $model | Export-CnnModel -Path (Join-Path $TestDrive 'weights.npz')
        $archive = [System.IO.Compression.ZipFile]::OpenRead((Join-Path $TestDrive 'weights.npz'))
        $archive.Entries.Name | Should -Contain 'layers.0.weight.npy'
        $archive.Dispose()

        $file = Join-Path $TestDrive 'state.safetensors'
        $model | Export-CnnModel -Path $file
        $network = New-CnnModel -Preset LeNet5 -Seed 2
        $filled = Import-CnnModel $file -Model $network
        $filled.GetBiases('Dense1') | Should -Be $model.GetBiases('Dense1')
        $network.GetBiases('Dense1') | Should -Not -Be $model.GetBiases('Dense1')
    }
}
