# Numbers that come as texts: from Import-Csv, and from people who write a comma before the decimals.

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot '../../Cnn.psd1') -Force
    $script:train = Import-Mnist -First 320

    function Use-Culture([string] $Name, [scriptblock] $Script) {
        $before = [cultureinfo]::CurrentCulture
        try {
            [cultureinfo]::CurrentCulture = $Name
            & $Script
        }
        finally {
            [cultureinfo]::CurrentCulture = $before
        }
    }
}

Describe 'A table of trials' {
    BeforeEach {
        $table = Join-Path $TestDrive 'trials.csv'
        Use-Culture 'de-DE' { [pscustomobject]@{ Preset = 'Baseline'; LearningRate = 0.005; Epochs = 1 } | Export-Csv $table -UseCulture }
        $table | Should -FileContentMatch '0,005'
    }

    It 'is read where it was written' {
        $result = Use-Culture 'de-DE' { Import-Csv $table -UseCulture | Invoke-CnnTraining $train }
        $result.LearningRate | Should -Be 0.005
    }

    It 'is an error where a comma may be anything' {
        Use-Culture 'en-US' {
            { Import-Csv $table -Delimiter ';' | Invoke-CnnTraining $train -ErrorAction Stop } |
                Should -Throw -ErrorId 'ParameterArgumentTransformationError,*' -ExpectedMessage "*'0,005'*point*"
        }
    }

    It 'is an error of a sweep too' {
        Use-Culture 'en-US' {
            { Import-Csv $table -Delimiter ';' | Invoke-CnnSweep $train $train -ErrorAction Stop } |
                Should -Throw -ErrorId 'SweepValue,*' -ExpectedMessage "*'0,005'*point*"
        }
    }
}

Describe 'A number as an argument' {
    It 'is never rounded' {
        { Invoke-CnnTraining $train -Preset Baseline -Epochs 1.5 } | Should -Throw -ErrorId 'ParameterArgumentTransformationError*'
    }

    It 'is not read where it may be two numbers' {
        Use-Culture 'de-DE' { { New-CnnAugmentation -ElasticStrength '1.234' } | Should -Throw -ErrorId 'ParameterArgumentTransformationError*' }
    }
}

Describe 'A script' {
    It 'refuses a decimal comma, before it trains anything' {
        $path = Join-Path $PSScriptRoot '../../scripts/Train-Mnist.ps1'
        Use-Culture 'en-US' {
            { & $path -LearningRate '0,005' -OutputPath (Join-Path $TestDrive 'model.safetensors') } | Should -Throw -ErrorId 'ParameterArgumentTransformationError,*'
        }

        Get-ChildItem $TestDrive -Filter model* | Should -BeNullOrEmpty
    }
}
