# Is AVX2 on? The runtime and the engine look at the environment once, so each case is a process of its own.

BeforeAll {
    . (Join-Path $PSScriptRoot 'Invoke-Pwsh.ps1')
    $script:manifest = (Resolve-Path (Join-Path $PSScriptRoot '../../Cnn.psd1')).Path
    Import-Module $manifest -Force
    $script:canAvx2 = [Cnn.Kernels.KernelSelection]::IsAvx2Supported

    function Get-DeviceOfChild([hashtable] $Environment) {
        $before = @{}
        foreach ($name in 'CNN_KERNELS', 'DOTNET_EnableAVX2') {
            $before[$name] = [Environment]::GetEnvironmentVariable($name)
            [Environment]::SetEnvironmentVariable($name, $Environment[$name])
        }

        try {
            $command = "Import-Module '$manifest'; Get-CnnDevice | Select-Object Kernels, Reason, Advice | ConvertTo-Json"
            Invoke-Pwsh -Command $command | ConvertFrom-Json
        }
        finally {
            $before.GetEnumerator() | ForEach-Object { [Environment]::SetEnvironmentVariable($_.Key, $_.Value) }
        }
    }
}

Describe 'Get-CnnDevice' {
    It 'tells what a training uses' {
        $device = Get-CnnDevice
        $result = New-CnnModel LeNet5 | Invoke-CnnTraining (Import-Mnist -First 32) -Epochs 1
        $device.Kernels | Should -Be $result.Kernels
        $device.DefaultThreads | Should -Be $result.Threads
    }

    It 'takes the fastest kernels that run here, and has no advice' {
        $device = Get-DeviceOfChild @{}
        if ($canAvx2) {
            $device.Kernels | Should -Be ([Cnn.Kernels.KernelSelection]::Supported[0].Name)
            $device.Advice | Should -BeNullOrEmpty
        }
    }

    It 'says that <Variable>=<Value> is the reason' -ForEach @(
        @{ Variable = 'CNN_KERNELS'; Value = 'scalar' }
        @{ Variable = 'DOTNET_EnableAVX2'; Value = '0' }
    ) {
        $device = Get-DeviceOfChild @{ $Variable = $Value }
        # On Arm, the second of these variables switches nothing off.
        $isArm = [Runtime.InteropServices.RuntimeInformation]::ProcessArchitecture -eq 'Arm64'
        $device.Kernels | Should -Be $(if ($isArm -and $Variable -ne 'CNN_KERNELS') { 'vector128' } else { 'scalar' })
        if ($canAvx2) {
            $device.Reason | Should -Match $Variable
            $device.Advice | Should -BeLike "Remove $Variable=$Value from the environment*"
        }
    }

    It 'says that nothing is called CNN_KERNELS=neon' {
        $device = Get-DeviceOfChild @{ CNN_KERNELS = 'neon' }
        $device.Kernels | Should -BeNullOrEmpty
        $device.Reason | Should -Match "CNN_KERNELS is 'neon'"
    }
}
