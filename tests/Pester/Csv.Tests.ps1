# Tables of pixels, in PowerShell itself and in German too.

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot '../../Cnn.psd1') -Force
}

Describe 'Import-CnnImageSet with a table of pixels' {
    It 'reads it from the pipeline by a relative path, for training and prediction' {
        Push-Location TestDrive:/
        try {
            $data = Import-Mnist -First 40
            $lines = foreach ($i in 0..39) { "$($data.Label($i)),$($data.GetImage($i) -join ',')" }
            $header = "label,$((0..783 | ForEach-Object { "pixel$_" }) -join ',')"
            Set-Content train.CSV (@($header) + $lines)
            Set-Content test.csv ($lines -replace '^\d+,')
            $train = './train.CSV' | Import-CnnImageSet
            ($train.GetPixels() -join ',') | Should -Be ($data.GetPixels() -join ',')
            $train.Labels | Should -Be $data.Labels
            $test = Get-Item test.csv | Import-CnnImageSet
            $test.ClassNames | Should -Be 'unknown'
            $result = Invoke-CnnTraining $train -Preset Baseline -Seed 1 -Epochs 1
            @(Invoke-CnnPrediction -Model $result.Model -Data $test).Count | Should -Be 40
        }
        finally {
            Pop-Location
        }
    }
}
