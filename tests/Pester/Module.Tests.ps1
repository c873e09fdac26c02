# The manifest, the help and the package.

BeforeDiscovery {
    Import-Module (Join-Path $PSScriptRoot '../../Cnn.psd1') -Force
    $common = [System.Management.Automation.PSCmdlet]::CommonParameters
    $commands = Get-Command -Module Cnn | ForEach-Object {
        @{ Command = $_.Name; Parameters = @($_.Parameters.Keys | Where-Object { $_ -notin $common }) }
    }
}

BeforeAll {
    . (Join-Path $PSScriptRoot 'Invoke-Pwsh.ps1')
    $script:root = (Resolve-Path (Join-Path $PSScriptRoot '../..')).Path
    Import-Module (Join-Path $root 'Cnn.psd1') -Force
}

Describe 'The manifest' {
    It 'is valid and exports every cmdlet of the module' {
        $manifest = Test-ModuleManifest (Join-Path $root 'Cnn.psd1')
        $manifest.PowerShellVersion | Should -Be '7.6'
        @($manifest.ExportedCmdlets.Keys | Sort-Object) | Should -Be @((Get-Command -Module Cnn).Name | Sort-Object)
    }

    It 'tells a gallery all that it asks for' {
        $manifest = Import-PowerShellDataFile (Join-Path $root 'Cnn.psd1')
        $manifest.CompatiblePSEditions | Should -Be 'Core'
        foreach ($key in 'CmdletsToExport', 'FunctionsToExport', 'AliasesToExport', 'VariablesToExport') {
            $manifest.Keys | Should -Contain $key
            $manifest[$key] | Should -Not -Contain '*' -Because 'what is exported is said by name, so that commands are found without loading the module'
        }

        $gallery = $manifest.PrivateData.PSData
        $gallery.Tags | Should -Not -BeNullOrEmpty
        ($gallery.Tags -match '\s') | Should -BeNullOrEmpty -Because 'a gallery cuts tags at spaces'
        $gallery.LicenseUri | Should -Match '^https://'
        $gallery.ProjectUri | Should -Match '^https://'
        $gallery.ReleaseNotes | Should -Not -BeNullOrEmpty
    }
}

Describe 'Help of <Command>' -ForEach $commands {
    BeforeAll {
        $script:help = Get-Help $Command -Full
    }

    It 'has a synopsis, a description and two examples' {
        $help.Synopsis | Should -Not -BeNullOrEmpty
        $help.Synopsis | Should -Not -Match ([regex]::Escape("$Command [")) -Because 'that is what Get-Help makes up where there is none'
        ($help.Description | Out-String).Trim() | Should -Not -BeNullOrEmpty
        @($help.Examples.Example).Count | Should -BeGreaterOrEqual 2
    }

    It 'describes every parameter, and no other' {
        $described = @($help.Parameters.Parameter | Where-Object { ($_.Description | Out-String).Trim() } | ForEach-Object Name)
        $expected = $Parameters
        ($described | Sort-Object) | Should -Be ($expected | Sort-Object)
    }

    It 'has examples that parse and name real parameters' {
        foreach ($example in $help.Examples.Example) {
            $errors = $null
            $tree = [System.Management.Automation.Language.Parser]::ParseInput($example.Code, [ref] $null, [ref] $errors)
            $errors | Should -BeNullOrEmpty
            foreach ($call in $tree.FindAll({ $args[0] -is [System.Management.Automation.Language.CommandAst] }, $true)) {
                $name = $call.GetCommandName()
                $called = if ($name) { Get-Command $name -Module Cnn -ErrorAction Ignore }
                foreach ($parameter in $call.CommandElements.Where{ $called -and $_ -is [System.Management.Automation.Language.CommandParameterAst] }) {
                    $called.Parameters.Keys | Should -Contain $parameter.ParameterName
                }
            }
        }
    }
}

Describe 'The package' {
    BeforeAll {
        $script:manifest, $script:package = & (Join-Path $root 'build.ps1') -Task Package

        function Get-ParameterCount([string] $Folder) {
            Invoke-Pwsh -Command "Import-Module '$Folder/Cnn.psd1'; (New-CnnModel -Preset Baseline -Seed 1).ParameterCount"
        }
    }

    It 'is a folder that can be imported from anywhere' {
        $elsewhere = Join-Path $TestDrive 'Folder'
        Copy-Item (Split-Path $manifest.FullName) $elsewhere -Recurse
        Get-ParameterCount $elsewhere | Should -Be 105634
    }

    It 'goes to a repository, is found there by tag and by command, and is installed and used from there' {
        $package.Name | Should -Be "Cnn.$((Import-PowerShellDataFile $manifest).ModuleVersion).nupkg"
        $package.Length | Should -BeLessThan 50MB
        $repository = New-Item (Join-Path $TestDrive 'Repository') -ItemType Directory

        # Where repositories are registered and modules are installed is the user's: a process with a home of its own.
        $data = $env:CNN_DATA
        $env:CNN_DATA = $data ? $data : (Join-Path ([Environment]::GetFolderPath('LocalApplicationData')) 'Cnn' 'data')
        $before = $env:HOME, $env:XDG_DATA_HOME, $env:PSModulePath
        $env:HOME = New-Item (Join-Path $TestDrive 'Home') -ItemType Directory
        $null = New-Item (Join-Path $env:HOME '.config') -ItemType Directory # NuGet writes its configuration there, and where it is not, in the current folder
        $env:XDG_DATA_HOME, $env:PSModulePath = $null
        try {
            $output = Invoke-Pwsh -NonInteractive -Command @"
                `$ErrorActionPreference = 'Stop'
                `$ProgressPreference = 'SilentlyContinue'
                Register-PSResourceRepository -Name CnnTest -Uri '$repository' -Trusted
                Publish-PSResource -NupkgPath '$package' -Repository CnnTest
                (Find-PSResource -Tag MNIST -Repository CnnTest).Name
                (Find-PSResource -CommandName Invoke-CnnTraining -Repository CnnTest).ParentResource.Name
                Install-PSResource Cnn -Repository CnnTest
                Import-Module Cnn
                (Get-Module Cnn).ModuleBase
                (Get-Command -Module Cnn).Count
                `$train = Import-Mnist -First 600
                (New-CnnModel -Preset Baseline -Seed 1 | Invoke-CnnTraining -Data `$train -Epochs 1 | Measure-CnnAccuracy -Data `$train).Count
                (Get-Help Invoke-CnnTraining).Synopsis
"@
        }
        finally {
            $env:HOME, $env:XDG_DATA_HOME, $env:PSModulePath = $before
            $env:CNN_DATA = $data
        }

        Join-Path $PWD 'NuGet' | Should -Not -Exist
        $output[0, 1] | Should -Be 'Cnn', 'Cnn'
        $output[2] | Should -BeLike "$(Join-Path $TestDrive 'Home')*"
        $output[3] | Should -Be (Get-Command -Module Cnn).Count
        $output[4] | Should -Be 600
        $output[5] | Should -Be (Get-Help Invoke-CnnTraining).Synopsis
    }
}
