# Figures as a person makes them, and the libraries behind them, which must not get into anybody's way.

BeforeAll {
    . (Join-Path $PSScriptRoot 'Invoke-Pwsh.ps1')
    Import-Module (Join-Path $PSScriptRoot '../../Cnn.psd1') -Force
    $script:test = Import-Mnist -Subset Test -First 500
    $script:result = New-CnnModel -Preset Baseline -Seed 1 | Invoke-CnnTraining -Data (Import-Mnist -First 2000) -ValidationData $test -Epochs 2
    $script:report = $result | Measure-CnnAccuracy -Data $test -MisclassifiedCount 9
}

Describe 'Export-CnnPlot' {
    It 'draws <Kind>' -ForEach @(
        @{ Kind = 'Loss'; Of = { $result }; Text = 'Loss (nats an image, logarithmic)' }
        @{ Kind = 'Accuracy'; Of = { $result }; Text = 'Accuracy on the validation images (%)' }
        @{ Kind = 'Recall'; Of = { $report }; Text = "Recall (% of the class's images)" }
        @{ Kind = 'Confusion'; Of = { $report }; Text = 'Prediction' }
        @{ Kind = 'Misclassified'; Of = { $report }; Text = "$([char]0x2192)" }
        @{ Kind = 'Filters'; Of = { $result.Model }; Text = 'Convolution1' }
        @{ Kind = 'Images'; Of = { $test }; Text = '60 of 500 images' }
        @{ Kind = 'Activations'; Of = { $result.Model }; With = { @{ Data = $test; Layer = 'Relu2' } }; Text = '8 maps' }
        @{ Kind = 'ClassActivation'; Of = { $result }; With = { @{ Data = $test; Count = 6 } }; Text = 'what speaks for the class, 6 images' }
    ) {
        $more = if ($_['With']) { & $With } else { @{} }
        $svg = & $Of | Export-CnnPlot -Path "$TestDrive/$Kind.svg" -Kind $Kind @more -PassThru
        $written = ([xml](Get-Content $svg -Raw)).GetElementsByTagName('text').InnerText -join ' '
        $written | Should -Match ([regex]::Escape($Text))

        $png = & $Of | Export-CnnPlot -Path "$TestDrive/$Kind.png" -Kind $Kind @more -PassThru
        $png | Should -BeOfType IO.FileInfo
        $png.Length | Should -BeGreaterThan 2kb
        [byte[]]$start = (Get-Content $png -AsByteStream -TotalCount 4)
        $start | Should -Be @(0x89, 0x50, 0x4E, 0x47)
    }

    It 'replaces a file only with -Force' {
        Set-Content "$TestDrive/kept.png" -Value 'mine' -NoNewline
        { $test | Export-CnnPlot "$TestDrive/kept.png" -ErrorAction Stop } | Should -Throw -ErrorId 'FileExists,*'
        Get-Content "$TestDrive/kept.png" -Raw | Should -Be 'mine'
        $test | Export-CnnPlot "$TestDrive/kept.png" -Force
        (Get-Item "$TestDrive/kept.png").Length | Should -BeGreaterThan 2kb
    }

    It 'completes the layers of the model in the pipeline' {
        $line = '$result | Export-CnnPlot a.png -Layer '
        (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Be 'Convolution1', 'Convolution2'
        $line = '$result | Export-CnnPlot a.png -Kind Activations -Data $test -Layer R'
        (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Be 'Relu1', 'Relu2'
    }
}

Describe 'Several trainings' {
    BeforeAll {
        $data = Import-Mnist -First 640
        $runs = 0.001, 0.003 | ForEach-Object { Invoke-CnnTraining $data -Preset Baseline -Seed 1 -Epochs 1 -LearningRate $_ -ValidationData $data }
    }

    It 'are one figure with a legend' {
        $file = $runs | Export-CnnPlot (Join-Path $TestDrive 'runs.svg') -PassThru
        $file | Should -HaveCount 1
        $file.FullName | Should -FileContentMatch '1: LearningRate 0\.001'
        $file.FullName | Should -FileContentMatch '2: LearningRate 0\.003'
    }

    It 'are rows that can be sorted and formatted' {
        $rows = $runs | Compare-CnnTraining | Sort-Object LearningRate -Descending
        $rows.Run | Should -Be 2, 1
        $rows | Format-Table Run, LearningRate | Out-String | Should -Match 'Run +LearningRate'
        $rows | Out-String -Width 80 | Should -Match 'LearningRate 0\.003'
    }
}

Describe 'Libraries of others' {
    It 'stay out of the way of other versions in the session' {
        $folder = (New-Item "$TestDrive/other" -ItemType Directory).FullName
        $builder = [Reflection.Emit.PersistedAssemblyBuilder]::new(
            [Reflection.AssemblyName]@{ Name = 'SkiaSharp'; Version = '1.2.3.4' }, [object].Assembly)
        $null = $builder.DefineDynamicModule('SkiaSharp').DefineType('SkiaSharp.SKBitmap', 'Public').CreateType()
        $builder.Save("$folder/SkiaSharp.dll")

        $output = Invoke-Pwsh -Command @"
            `$ErrorActionPreference = 'Stop'
            Add-Type -Path '$folder/SkiaSharp.dll'
            Import-Module '$PSScriptRoot/../../Cnn.psd1'
            New-CnnModel LeNet5 | Export-CnnPlot '$folder/filters.png'
            foreach (`$context in [Runtime.Loader.AssemblyLoadContext]::All) {
                `$context.Assemblies.GetName() | Where-Object Name -In 'SkiaSharp', 'ScottPlot' | ForEach-Object { "`$(`$context.Name) `$(`$_.Name) `$(`$_.Version.Major)" }
            }
"@
        $output | Sort-Object | Should -Be 'Cnn.Imaging ScottPlot 5', 'Cnn.Imaging SkiaSharp 3', 'Default SkiaSharp 1'
        "$folder/filters.png" | Should -Exist
    }
}
