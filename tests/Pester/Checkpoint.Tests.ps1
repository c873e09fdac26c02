# Trainings that are kept, stopped and go on, as a person meets them.

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot '../../Cnn.psd1') -Force
    $script:train = Import-Mnist -First 2000
    $script:validation = Import-Mnist -Subset Test -First 200
}

Describe 'Checkpoints' {
    BeforeEach {
        $folder = Join-Path $TestDrive ([guid]::NewGuid())
    }

    It 'let a script be run again and again until it is done' {
        $whole = Invoke-CnnTraining $train -Preset Baseline -Seed 3 -Epochs 3
        foreach ($epochs in 1, 3, 3) {
            $result = Invoke-CnnTraining $train -Preset Baseline -Seed 3 -Epochs $epochs -CheckpointPath $folder -Resume
        }
        (Get-ChildItem $folder).Name | Should -Be (0..3 | ForEach-Object { "epoch-000$_.safetensors" })
        $result.Outcome | Should -Be 'Completed'
        $result.History.Losses -join ' ' | Should -Be ($whole.History.Losses -join ' ')
        ($result | Measure-CnnAccuracy $validation).Loss | Should -Be ($whole | Measure-CnnAccuracy $validation).Loss
    }

    It 'are written when a training is stopped, and -OutVariable has the result so far' {
        $script = {
            param($Module, $Folder)
            Import-Module $Module
            Invoke-CnnTraining (Import-Mnist -First 2000) -Preset Baseline -Seed 3 -Epochs 6 -BatchSize 10 -CheckpointPath $Folder -OutVariable soFar
        }
        $shell = [powershell]::Create()
        try {
            $null = $shell.AddScript($script).AddArgument((Get-Module Cnn).Path).AddArgument($folder)
            $running = $shell.BeginInvoke()
            $limit = [datetime]::Now.AddSeconds(60)
            while (-not (Test-Path "$folder/epoch-0001.safetensors") -and [datetime]::Now -lt $limit) {
                Start-Sleep -Milliseconds 5
            }
            $shell.Stop()
            { $shell.EndInvoke($running) } | Should -Throw '*stopped*'
            $soFar = $shell.Runspace.SessionStateProxy.GetVariable('soFar')
            $soFar | Should -HaveCount 1
            $soFar[0].IsStopped | Should -BeTrue
            $soFar[0].Outcome | Should -Be 'Stopped'
            $soFar[0] | Out-String -Width 80 | Should -Match 'stopped'
        }
        finally {
            $shell.Dispose()
        }
        $resumed = Invoke-CnnTraining $train -CheckpointPath $folder -Resume
        $whole = Invoke-CnnTraining $train -Preset Baseline -Seed 3 -Epochs 6 -BatchSize 10
        $resumed.History.Losses.Count | Should -Be 1200
        $resumed.History.Losses -join ' ' | Should -Be ($whole.History.Losses -join ' ')
    }

    It 'give the model of any epoch, and Tab completes which there are' {
        $null = Invoke-CnnTraining $train -Preset LeNet5 -Seed 3 -Epochs 2 -CheckpointPath $folder
        $line = "Invoke-CnnTraining `$train -CheckpointPath $folder -ResumeEpoch "
        (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Be '0', '1', '2'
        $result = Invoke-CnnTraining $train -CheckpointPath $folder -ResumeEpoch 1 -Epochs 1
        $result.History.Epochs | Should -HaveCount 1
        $result.Model.Name | Should -Be 'LeNet5'
    }

    It 'are neither made nor trained for under -WhatIf' {
        $model = New-CnnModel -Preset Baseline
        $model | Invoke-CnnTraining $train -Epochs 100000 -CheckpointPath $folder -WhatIf
        $folder | Should -Not -Exist
        $model.IsTrained | Should -BeFalse
    }

    It 'of other images, and damaged ones, are refused' {
        $null = Invoke-CnnTraining $train -Preset Baseline -Seed 3 -Epochs 1 -CheckpointPath $folder
        { Invoke-CnnTraining $validation -CheckpointPath $folder -Resume -ErrorAction Stop } | Should -Throw -ErrorId 'CheckpointMismatch,*'
        $newest = Join-Path $folder 'epoch-0001.safetensors'
        [IO.File]::WriteAllBytes($newest, [IO.File]::ReadAllBytes($newest)[0..999])
        { Invoke-CnnTraining $train -CheckpointPath $folder -Resume -ErrorAction Stop } | Should -Throw -ErrorId 'Safetensors*'
        (Invoke-CnnTraining $train -CheckpointPath $folder -ResumeEpoch 0).Outcome | Should -Be 'Completed'
    }

    It 'need a folder whose parent exists' {
        { Invoke-CnnTraining $train -Preset Baseline -CheckpointPath (Join-Path $folder 'deeper') -ErrorAction Stop } | Should -Throw -ErrorId 'FolderNotFound,*'
    }
}

Describe 'Early stopping' {
    It 'restores the best epoch' {
        $result = Invoke-CnnTraining $train -ValidationData $validation -Preset Baseline -Seed 1 -Epochs 200 -Patience 2 -LearningRate 0.01
        $result.Outcome | Should -Be 'NoImprovement'
        $result.History.Epochs | Should -HaveCount ($result.BestEpoch + 2)
        ($result | Measure-CnnAccuracy $validation).Loss | Should -Be $result.History.Epochs[$result.BestEpoch - 1].ValidationLoss
    }

    It 'ends at a target' {
        $result = Invoke-CnnTraining $train -ValidationData $validation -Preset Baseline -Seed 1 -Epochs 200 -TargetAccuracy 0.8
        $result.Outcome | Should -Be 'TargetReached'
        $result.ValidationAccuracy | Should -BeGreaterOrEqual 0.8
    }
}

Describe 'Several trainings at once' {
    BeforeAll {
        $module = (Get-Module Cnn).Path
        $inTurn = 1, 2 | ForEach-Object { Invoke-CnnTraining $train -Preset Baseline -Seed $_ -Epochs 2 -BatchSize 16 }
        $expected = $inTurn | ForEach-Object { $_.History.Losses -join ' ' }
    }

    It 'give the same bits as one after the other, as thread jobs' {
        $jobs = 1, 2 | ForEach-Object {
            Start-ThreadJob -ArgumentList $_ {
                param($Seed)
                Import-Module $using:module
                Invoke-CnnTraining $using:train -Preset Baseline -Seed $Seed -Epochs 2 -BatchSize 16
            }
        }
        $atOnce = $jobs | ForEach-Object { $_ | Receive-Job -Wait -AutoRemoveJob }
        $atOnce | ForEach-Object { $_.History.Losses -join ' ' } | Should -Be $expected
        0, 1 | ForEach-Object {
            ($atOnce[$_] | Measure-CnnAccuracy $validation).Loss | Should -Be ($inTurn[$_] | Measure-CnnAccuracy $validation).Loss
        }
    }

    It 'give the same bits as one after the other, with ForEach-Object -Parallel' {
        $atOnce = 1, 2 | ForEach-Object -ThrottleLimit 2 -Parallel {
            Import-Module $using:module
            Invoke-CnnTraining $using:train -Preset Baseline -Seed $_ -Epochs 2 -BatchSize 16
        } | Sort-Object { $_.Seed }
        $atOnce | ForEach-Object { $_.History.Losses -join ' ' } | Should -Be $expected
    }

    It 'train a model that the prompt has, in the background' {
        $model = New-CnnModel -Preset Baseline -Seed 1
        $job = Start-ThreadJob {
            Import-Module $using:module
            $using:model | Invoke-CnnTraining $using:train -Epochs 2 -BatchSize 16
        }
        $result = $job | Receive-Job -Wait -AutoRemoveJob
        [object]::ReferenceEquals($model, $result.Model) | Should -BeTrue
        $result.History.Losses -join ' ' | Should -Be $expected[0]
    }
}
