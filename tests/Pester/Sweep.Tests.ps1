# Sweeps as people run them.

BeforeAll {
    . (Join-Path $PSScriptRoot 'Invoke-Pwsh.ps1')
    Import-Module (Join-Path $PSScriptRoot '../../Cnn.psd1') -Force
    $script:train = Import-Mnist -First 400
    $script:validation = Import-Mnist -Skip 50000 -First 200
}

Describe 'New-CnnSweep' {
    It 'offers the parameters of a training when Tab is pressed within the table' {
        foreach ($line in 'New-CnnSweep @{ Learn', 'New-CnnSweep -Preset Baseline -Parameter @{ Epochs = 1; Learn') {
            (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Be 'LearningRate', 'LearningRateDecay', 'LearningRateFactor'
        }
    }

    It 'makes a grid whose trials go through Invoke-CnnTraining' {
        $trials = New-CnnSweep -Parameter @{ LearningRate = 0.001, 0.003; BatchSize = 32, 64; Epochs = 1 } -Preset LeNet5 -Seed 1..2
        $trials | Should -HaveCount 8
        ($trials.Id | Select-Object -Unique) | Should -HaveCount 8
        $results = $trials | Select-Object -Last 2 | Invoke-CnnTraining $train
        $results.LearningRate | Should -Be 0.003, 0.003
        $results.BatchSize | Should -Be 64, 64
        $results.Seed | Should -Be 1, 2
    }

    It 'gives the same identifiers in another session' {
        $command = 'New-CnnSweep @{ LearningRate = @{ LogUniform = 1e-4, 1e-2 }; BatchSize = 16, 32; Convolution1Filters = 4, 8 } LeNet5 -Count 5'
        $here = & ([scriptblock]::Create($command))
        $there = Invoke-Pwsh -Command "Import-Module '$PSScriptRoot/../../Cnn.psd1'; ($command).Id"
        $there | Should -Be $here.Id
    }

    It 'survives a table: trials written as CSV are the same trials' {
        $path = Join-Path $TestDrive 'trials.csv'
        $trials = New-CnnSweep @{ LearningRate = @{ LogUniform = 1e-4, 1e-2 }; Epochs = 1 } LeNet5 -Count 3
        $trials | Export-Csv $path
        $results = Import-Csv $path | Invoke-CnnSweep $train $validation
        $results.Id | Sort-Object | Should -Be ($trials.Id | Sort-Object)
    }

    It 'refuses an unknown parameter, naming the nearest' {
        { New-CnnSweep @{ LerningRate = 0.1 } Baseline } | Should -Throw -ErrorId 'SweepParameterUnknown,*' -ExpectedMessage '*Did you mean LearningRate?*BatchSize*'
    }
}

Describe 'Invoke-CnnSweep' {
    BeforeEach {
        $path = Join-Path $TestDrive "$([guid]::NewGuid()).jsonl"
        $trials = New-CnnSweep @{ LearningRate = 0.0005, 0.001, 0.003; Epochs = 2; BatchSize = 32 } -Preset LeNet5
    }

    It 'gives results that Sort-Object, Group-Object, Export-Csv and Format-Table take' {
        $results = $trials | Invoke-CnnSweep $train $validation -Path $path | Sort-Object Accuracy -Descending
        $results | Should -HaveCount 3
        $results[0].Accuracy | Should -BeGreaterOrEqual $results[2].Accuracy
        ($results | Group-Object LearningRate).Name | Sort-Object | Should -Be (0.0005, 0.001, 0.003 | ForEach-Object ToString)
        $rows = $results | ConvertTo-Csv | ConvertFrom-Csv
        $rows[0].LearningRate | Should -Be $results[0].LearningRate.ToString()
        [double]::Parse($rows[0].Accuracy, [cultureinfo]::CurrentCulture) | Should -Be $results[0].Accuracy
        $results | Format-Table LearningRate, Accuracy, Loss | Out-String | Should -Match 'LearningRate +Accuracy +Loss'
        foreach ($line in Get-Content $path) { ($line | ConvertFrom-Json).id | Should -BeIn $results.Id }
    }

    It 'goes on where it was killed, and the table is whole' {
        $whole = $trials | Invoke-CnnSweep $train $validation
        # Killed after the first trial, in the middle of writing the second: long trainings, so that it never comes to an end by itself.
        $script = "Import-Module '$PSScriptRoot/../../Cnn.psd1'
            `$trials = New-CnnSweep @{ LearningRate = 0.0005, 0.001, 0.003; Epochs = 2; BatchSize = 32 } -Preset LeNet5
            @(`$trials)[0], (New-CnnSweep @{ Epochs = 100000 } Baseline) | Invoke-CnnSweep (Import-Mnist -First 400) (Import-Mnist -Skip 50000 -First 200) -Path '$path' -ThrottleLimit 1"
        $program, $first = Get-PwshCommand
        $process = Start-Process $program -ArgumentList (@($first) + '-EncodedCommand' + [Convert]::ToBase64String([Text.Encoding]::Unicode.GetBytes($script))) -PassThru
        $begin = Get-Date
        while (-not (Test-Path $path) -or (Get-Item $path).Length -eq 0) {
            (Get-Date) - $begin | Should -BeLessThan ([timespan]::FromMinutes(2))
            Start-Sleep -Milliseconds 50
        }

        $process.Kill()
        $process.WaitForExit()
        [IO.File]::AppendAllText($path, '{"id":"')

        $again = $trials | Invoke-CnnSweep $train $validation -Path $path -WarningAction SilentlyContinue -WarningVariable told
        $told | Should -Match 'torn'
        @($again | Where-Object IsFromFile) | Should -HaveCount 1
        $again | Should -HaveCount 3
        ($again | Sort-Object Id).Loss | Should -Be ($whole | Sort-Object Id).Loss
        Get-Content $path | Should -HaveCount 3
    }

    It 'goes on where Select-Object had enough' {
        $trials | Invoke-CnnSweep $train $validation -Path $path -ThrottleLimit 1 | Select-Object -First 1 | Should -HaveCount 1
        Get-ChildItem $TestDrive -Filter '*.lock' | Should -BeNullOrEmpty
        $trials | Invoke-CnnSweep $train $validation -Path $path | Should -HaveCount 3
        Get-Content $path | Should -HaveCount 3
    }

    It 'records a trial that diverges and goes on' {
        $results = New-CnnSweep @{ LearningRate = 1e30, 0.001; Epochs = 3 } LeNet5 |
            Invoke-CnnSweep $train $validation -Path $path -ErrorAction SilentlyContinue -ErrorVariable problems
        $results | Should -HaveCount 2
        $problems[0].FullyQualifiedErrorId | Should -BeLike 'TrainingDiverged*'
        ($results | Where-Object Error).ErrorId | Should -Be 'TrainingDiverged'
        (Get-Content $path | ConvertFrom-Json | Where-Object error_id).error | Should -Match 'diverged'
    }

    It 'names the damaged line of a results file and leaves it as it is' {
        $null = $trials | Invoke-CnnSweep $train $validation -Path $path
        $lines = Get-Content $path
        Set-Content $path -Value $lines[0], 'damaged', $lines[2]
        { $trials | Invoke-CnnSweep $train $validation -Path $path } | Should -Throw -ErrorId 'ResultsFileLine,*' -ExpectedMessage '*Line 2*'
        (Get-Content $path)[1] | Should -Be 'damaged'
    }

    It 'does nothing under -WhatIf' {
        $trials | Invoke-CnnSweep $train $validation -Path $path -WhatIf | Should -BeNullOrEmpty
        $path | Should -Not -Exist
    }
}

Describe 'Export-CnnSweep' {
    BeforeEach {
        $folder = Join-Path $TestDrive "sweep's $([guid]::NewGuid())"
        $trials = New-CnnSweep @{ LearningRate = 0.001, 0.003; Epochs = 2 } -Preset LeNet5
    }

    It 'writes a loop that comes to what Invoke-CnnSweep comes to' -Skip:$IsWindows {
        $trials | Export-CnnSweep $folder $train $validation -Threads 1
        $lines = bash "$folder/job.sh"
        $LASTEXITCODE | Should -Be 0
        ($lines -match ' epoch ').Count | Should -Be 4
        $results = Import-CnnSweep $folder -WarningVariable told
        $told | Should -BeNullOrEmpty
        $alone = $trials | Invoke-CnnSweep $train $validation
        ($results | Sort-Object Id).ParameterChecksum | Should -Be ($alone | Sort-Object Id).ParameterChecksum

        # One more trial, as GNU parallel would start it.
        New-CnnSweep @{ LearningRate = 1e30; Epochs = 1 } -Preset LeNet5 | Export-CnnSweep $folder $train $validation
        bash "$folder/job.sh" 3 2>$null | Should -Not -BeNullOrEmpty
        $LASTEXITCODE | Should -Be 1
        (Import-CnnSweep $folder -WarningAction Ignore | Where-Object Error).ErrorId | Should -Be 'TrainingDiverged'
    }

    It 'goes on with the folder in a session' {
        $trials | Export-CnnSweep $folder $train $validation
        $null = Invoke-CnnSweep -Path $folder -Task 2
        $told = @()
        Import-CnnSweep $folder -WarningAction SilentlyContinue -WarningVariable told | Should -HaveCount 1
        $told | Should -Match 'Missing: task 1\.'
        (Import-CnnSweep $folder -Missing).LearningRate | Should -Be 0.001
        Invoke-CnnSweep -Path $folder | Should -HaveCount 2
        (Import-CnnSweep $folder).LearningRate | Should -Be 0.001, 0.003
    }
}
