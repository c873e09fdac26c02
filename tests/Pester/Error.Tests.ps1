# Bad input as a person meets it: a clear error with a stable id and category, nothing half-written, the session alive.

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot '../../Cnn.psd1') -Force
    $script:few = Import-Mnist -First 64
    $script:model = New-CnnModel -Preset Baseline -Seed 1

    function Get-ErrorOf([scriptblock] $Action) {
        try {
            $null = & $Action -ErrorAction Stop
        }
        catch {
            return $_
        }
    }
}

AfterAll {
    # Whatever went wrong above, the session still works.
    (New-CnnModel -Preset Baseline -Seed 1 | Measure-CnnAccuracy -Data $few).Count | Should -Be 64
}

Describe 'Bad input' {
    It 'a batch size of 0 is refused' {
        { $model | Invoke-CnnTraining -Data $few -BatchSize 0 -ErrorAction Stop } | Should -Throw
    }

    It 'a target that exists is left as it is without -Force, and replaced with it' {
        $path = Join-Path $TestDrive 'kept.safetensors'
        Set-Content $path -Value 'mine' -NoNewline
        $record = Get-ErrorOf { $model | Export-CnnModel -Path $path -ErrorAction Stop }
        $record.FullyQualifiedErrorId | Should -BeLike 'FileExists*'
        $record.CategoryInfo.Category | Should -Be 'ResourceExists'
        Get-Content $path -Raw | Should -Be 'mine'

        $model | Export-CnnModel -Path $path -Force
        (Import-CnnModel -Path $path).ParameterCount | Should -Be $model.ParameterCount
        Get-ChildItem $TestDrive -Filter '*.tmp' | Should -BeNullOrEmpty
    }

    It 'a model file that was cut short is refused' {
        $whole = Join-Path $TestDrive 'whole.safetensors'
        $cut = Join-Path $TestDrive 'cut.safetensors'
        $model | Export-CnnModel -Path $whole
        $bytes = [IO.File]::ReadAllBytes($whole)
        [IO.File]::WriteAllBytes($cut, $bytes[0..($bytes.Length - 100)])
        (Get-ErrorOf { Import-CnnModel -Path $cut -ErrorAction Stop }).FullyQualifiedErrorId | Should -BeLike 'SafetensorsTruncated*'
    }

    It 'one bad model in a pipeline does not hold up the others' {
        $small = & { New-CnnLayer -Flatten; New-CnnLayer -Dense -Outputs 10 } | New-CnnModel -InputShape 1, 8, 8 -Seed 1
        $reports = $model, $small, $model | Measure-CnnAccuracy -Data $few -ErrorAction SilentlyContinue -ErrorVariable problems
        @($reports) | Should -HaveCount 2
        $problems[0].FullyQualifiedErrorId | Should -BeLike 'ImageShape*'
    }
}
