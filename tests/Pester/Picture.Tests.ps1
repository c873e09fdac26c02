# Pictures of one's own, in pwsh: folders to sets and back, predictions of files, drawings.

BeforeAll {
    . (Join-Path $PSScriptRoot 'Invoke-Pwsh.ps1')
    Import-Module (Join-Path $PSScriptRoot '../../Cnn.psd1') -Force
    $script:train = Import-Mnist -First 3000
    $script:test = Import-Mnist -Subset Test -First 200
    $script:model = (New-CnnModel -Preset Baseline -Seed 1 | Invoke-CnnTraining -Data $train -Epochs 2).Model

    # A bitmap that promises 20,000 × 20,000 pixels, and has none.
    $script:enormous = [byte[]]::new(54)
    [Text.Encoding]::ASCII.GetBytes('BM').CopyTo($enormous, 0)
    $enormous[10] = 54
    $enormous[14] = 40
    [BitConverter]::GetBytes(20000).CopyTo($enormous, 18)
    [BitConverter]::GetBytes(20000).CopyTo($enormous, 22)
    $enormous[26] = 1
    $enormous[28] = 24
}

Describe 'Image sets' {
    It 'come back from <Format>, file by file' -ForEach @(
        @{ Format = 'Png' }
        @{ Format = 'Idx' }
        @{ Format = 'CompressedIdx' }
    ) {
        $folder = Join-Path $TestDrive $Format
        $test | Export-CnnImageSet -Path $folder -Format $Format
        $again = Get-Item $folder | Import-CnnImageSet -ClassName $test.ClassNames
        $again.Count | Should -Be 200
        $again.ClassNames | Should -Be $test.ClassNames
        ($again | Invoke-CnnPrediction $model | Where-Object { $_.Label -eq $_.Prediction }).Count |
            Should -Be ($model | Measure-CnnAccuracy -Data $test).Correct
    }

    It 'take names with composed and decomposed accents for the same' {
        # macOS writes names of folders decomposed, other systems as they are typed.
        $composed = "p$([char] 0xE2)t$([char] 0xE9)"
        $decomposed = "pa$([char] 0x302)te$([char] 0x301)"
        $null = New-Item -ItemType Directory (Join-Path $TestDrive 'accents')
        foreach ($name in $composed, $decomposed) {
            $folder = Join-Path $TestDrive "accents/$($name.Length)"
            New-CnnImageSet -Pixel (1..8) -Label 0, 1 -ImageShape 1, 2, 2 -ClassName b, x | Export-CnnImageSet $folder -Format Png
            Rename-Item (Join-Path $folder 'x') $name
        }

        $train = Import-CnnImageSet (Join-Path $TestDrive "accents/$($composed.Length)")
        $test = Import-CnnImageSet (Join-Path $TestDrive "accents/$($decomposed.Length)") -ClassName $train.ClassNames
        $test.ClassNames | Should -BeExactly $train.ClassNames
        $test.GetLabels() | Should -Be 0, 1
    }

    It 'are split and made of arrays' {
        $rest, $heldOut = $train | Split-CnnImageSet -Fraction 0.1 -Seed 1
        $rest.Count, $heldOut.Count | Should -Be 2700, 300
        $made = New-CnnImageSet -Pixel (1..8) -Label 0, 1 -ImageShape 1, 2, 2 -ClassName a, b
        $made.Label(1) | Should -Be 1
        $made | Out-String -Width 80 | Should -Match 'Images +2 1×2×2 +a, b'
    }

    It 'under -WhatIf are not written' {
        $train | Export-CnnImageSet -Path (Join-Path $TestDrive 'never') -Format Png -WhatIf
        Join-Path $TestDrive 'never' | Should -Not -Exist
    }
}

Describe 'Predictions' {
    BeforeAll {
        $script:digits = Join-Path $TestDrive 'digits [1]'
        $test | Export-CnnImageSet -Path $digits -Format Png
    }

    It 'come for files from Get-ChildItem, in their order' {
        $files = Get-ChildItem -LiteralPath $digits -Recurse -File
        $predictions = $files | Invoke-CnnPrediction -Model $model
        $predictions.Path | Should -Be $files.FullName
        ($predictions | Where-Object { $_.Prediction -eq (Split-Path (Split-Path $_.Path) -Leaf) }).Count | Should -BeGreaterThan 150
    }

    It 'come at once: the pipeline may end early' {
        $test, $test | Invoke-CnnPrediction $model | Select-Object -First 3 | Should -HaveCount 3
    }

    It 'go on after a bad file' {
        $folder = New-Item (Join-Path $TestDrive 'mixed') -ItemType Directory
        $good = (Get-ChildItem -LiteralPath $digits -Recurse -File)[0]
        Copy-Item -LiteralPath $good.FullName (Join-Path $folder '1.png')
        Set-Content (Join-Path $folder '2.png') -Value 'This is no picture.'
        $null = New-Item (Join-Path $folder '3.png')
        [IO.File]::WriteAllBytes((Join-Path $folder '4.bmp'), $enormous)
        Copy-Item -LiteralPath $good.FullName (Join-Path $folder '5.png')
        $predictions = Get-ChildItem $folder | Invoke-CnnPrediction $model -ErrorAction SilentlyContinue -ErrorVariable problems
        $predictions.Path | Split-Path -Leaf | Should -Be '1.png', '5.png'
        $problems.FullyQualifiedErrorId -replace ',.*' | Should -Be 'PictureFormat', 'PictureEmpty', 'PictureTooLarge'
        $problems.CategoryInfo.Category | Should -Be 'InvalidData', 'InvalidData', 'InvalidData'
    }

    It 'have a view for 80 columns' {
        $text = Get-ChildItem -LiteralPath $digits -Recurse -File | Select-Object -First 2 | Invoke-CnnPrediction $model | Out-String -Width 80
        $text | Should -Match 'Image +Label +Prediction +Probability'
        $text | Should -Match '(?m)^\d{5}\.png +\d +[\d.,]+ % '
        $text | Should -Not -Match '…'
    }
}

Describe 'Drawings' {
    AfterEach {
        $PSStyle.OutputRendering = $script:rendering
    }

    BeforeAll {
        $script:rendering = $PSStyle.OutputRendering
        $script:noColor = $env:NO_COLOR
        $env:NO_COLOR = $null
    }

    AfterAll {
        $env:NO_COLOR = $script:noColor
    }

    It 'are half blocks in colours where these are wanted' {
        $PSStyle.OutputRendering = 'Ansi'
        $lines = $train | Show-CnnImage -Class 7
        $lines | Should -HaveCount 15
        $lines[1..14] -join '' | Should -Match ([char] 27 + '\[38;2;\d+;\d+;\d+m')
        $lines -join '' | Should -Match '▀'
    }

    It 'are plain signs with <Name>' -ForEach @(
        @{ Name = 'PlainText'; Setting = { $PSStyle.OutputRendering = 'PlainText' } }
        @{ Name = 'NO_COLOR'; Setting = { $PSStyle.OutputRendering = 'Ansi'; $env:NO_COLOR = '1' } }
    ) {
        try {
            . $Setting
            $lines = $train | Show-CnnImage
            $lines[1..14] -join "`n" | Should -Match '^[ .:\-=+*#%@\n]+$'
        }
        finally {
            $env:NO_COLOR = $null
        }
    }

    It 'are plain signs where output is redirected' {
        $manifest = Join-Path $PSScriptRoot '../../Cnn.psd1'
        $lines = Invoke-Pwsh -Command "Import-Module '$manifest'; Import-Mnist -First 2 | Show-CnnImage"
        $lines[0] | Should -Be 'MNIST train 0: 5'
        $lines[1..14] -join "`n" | Should -Match '^[ .:\-=+*#%@\n]+$'
    }

    It 'take predictions, mistakes and files from the pipeline' {
        $report = $model | Measure-CnnAccuracy -Data $test -MisclassifiedCount 1
        $mistake = $report.Misclassified[0]
        ($mistake | Show-CnnImage)[0] | Should -Be "MNIST test $($mistake.Index): $($mistake.Label), predicted $($mistake.Prediction)"
        $folder = Join-Path $TestDrive 'drawn'
        $test.Slice(0, 2) | Export-CnnImageSet -Path $folder -Format Png
        (Get-ChildItem $folder -Recurse -File | Show-CnnImage) -like '*28×28 pixels' | Should -HaveCount 2
        (Get-ChildItem $folder -Recurse -File | Invoke-CnnPrediction $model | Show-CnnImage) -like '*not known, predicted *' | Should -HaveCount 2
    }

    It 'complete the names of the classes' {
        $global:set = New-CnnImageSet -Pixel 1, 2 -Label 0, 1 -ImageShape 1, 1, 1 -ClassName cat, 'big dog'
        try {
            (TabExpansion2 '$set | Show-CnnImage -Class ').CompletionMatches.CompletionText | Should -Be 'cat', "'big dog'"
            (TabExpansion2 'Export-CnnImageSet -Data $set -Class b').CompletionMatches.CompletionText | Should -Be "'big dog'"
        }
        finally {
            Remove-Variable set -Scope Global
        }
    }
}
