# A model for other classes, as a person meets it.

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot '../../Cnn.psd1') -Force
    $mnist = Import-Mnist -First 3000
    $test = Import-Mnist -Subset Test -First 1000

    # The images of some digits, a number of each, as a set with their own classes.
    function Select-Digit($Images, [int[]] $Digit, [int] $Count) {
        $labels = $Images.GetLabels()
        $chosen = foreach ($value in $Digit) {
            0..($labels.Count - 1) | Where-Object { $labels[$_] -eq $value } | Select-Object -First $Count
        }
        $pixels = $Images.Select([int[]] $chosen, 'chosen').GetPixels()
        $own = $chosen | ForEach-Object { [array]::IndexOf($Digit, [int] $labels[$_]) }
        New-CnnImageSet -Pixel $pixels -Label $own -ImageShape 1, 28, 28 -ClassName ($Digit | ForEach-Object { "digit $_" })
    }

    $script:low = Select-Digit $mnist @(0..4) 200
    $script:few = Select-Digit $mnist @(5..9) 10
    $script:high = Select-Digit $test @(5..9) 1000
    $script:digits = Invoke-CnnTraining -Data $low -Preset LeNet5 -Seed 1 -Epochs 6
}

Describe 'Another head' {
    It 'learns other digits from a few pictures better than a new model' {
        $head = $digits | Set-CnnModelHead -Data $few -Seed 2
        $head.ClassNames[0] | Should -Be 'digit 5'
        $tuned = $head | Invoke-CnnTraining -Data $few -Epochs 20 -BatchSize 10 | Measure-CnnAccuracy -Data $high
        $fresh = New-CnnModel -Preset LeNet5 -ClassCount 5 -Seed 2 | Invoke-CnnTraining -Data $few -Epochs 20 -BatchSize 10 | Measure-CnnAccuracy -Data $high
        $tuned.Accuracy | Should -BeGreaterThan $fresh.Accuracy
    }

    It 'goes into a file and out of it, and the first model stays as it was' {
        $file = Join-Path $TestDrive 'head.safetensors'
        $head = $digits.Model | Set-CnnModelHead -ClassName apple, pear -Seed 3
        $head | Export-CnnModel -Path $file
        $again = Import-CnnModel $file
        $again.ClassNames | Should -Be @('apple', 'pear')
        $again.GetWeights('Convolution1') | Should -Be $digits.Model.GetWeights('Convolution1')
        $digits.Model.ClassCount | Should -Be 5
    }

    It 'is refused for images of another shape, and for classes of one name' {
        $small = New-CnnImageSet -Pixel ([byte[]]::new(32)) -Label 0, 1 -ImageShape 1, 4, 4 -ClassName a, b
        { $digits | Set-CnnModelHead -Data $small -ErrorAction Stop } | Should -Throw -ErrorId 'ImageShape*'
        { $digits | Set-CnnModelHead -ClassName a, a -ErrorAction Stop } | Should -Throw -ErrorId 'ClassNames*'
    }
}
