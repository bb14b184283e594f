<#
.SYNOPSIS
Installs the site's agent as a task that Windows starts with the machine, and starts again if it ends.

.DESCRIPTION
The task runs as LOCAL SERVICE, which has no password and no right over the machine. Folders of the
agent are readable by that account and by administrators alone. A task that is stopped is killed:
the agent keeps its messages through that, and loses none.

.PARAMETER Root
The folder of the unpacked agent: its Python environment in "venv", its code in "app".

.PARAMETER Data
The agent's own folder: kept messages, bodies on their way, keys.

.PARAMETER Settings
The folder of agent.yaml, certificates and secrets.

.PARAMETER Uninstall
Takes the task away; the folders stay.

.EXAMPLE
.\install-windows.ps1 -Root 'C:\Program Files\drimbox-agent'
#>
#Requires -Version 5.1
#Requires -RunAsAdministrator
[CmdletBinding()]
param(
    [string]$Root = "$env:ProgramFiles\drimbox-agent",
    [string]$Data = "$env:ProgramData\drimbox-agent\data",
    [string]$Settings = "$env:ProgramData\drimbox-agent\settings",
    [switch]$Uninstall
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

$TaskName = 'drimbox-agent'
# Well-known accounts, by number: their names differ between languages of Windows.
$LocalService = [System.Security.Principal.SecurityIdentifier]'S-1-5-19'
$System = [System.Security.Principal.SecurityIdentifier]'S-1-5-18'
$Administrators = [System.Security.Principal.SecurityIdentifier]'S-1-5-32-544'

function Set-OwnFolder {
    param([string]$Path, [string]$AgentRights)

    New-Item -ItemType Directory -Path $Path -Force | Out-Null
    $acl = New-Object System.Security.AccessControl.DirectorySecurity
    # Nothing is inherited: a rule of ProgramData lets every user read.
    $acl.SetAccessRuleProtection($true, $false)
    $below = [System.Security.AccessControl.InheritanceFlags]'ContainerInherit, ObjectInherit'
    $none = [System.Security.AccessControl.PropagationFlags]::None
    $rights = @{ $System = 'FullControl'; $Administrators = 'FullControl'; $LocalService = $AgentRights }
    foreach ($who in $rights.Keys) {
        $rule = New-Object System.Security.AccessControl.FileSystemAccessRule(
            $who, $rights[$who], $below, $none, 'Allow')
        $acl.AddAccessRule($rule)
    }
    Set-Acl -Path $Path -AclObject $acl
}

if (Get-ScheduledTask -TaskName $TaskName -ErrorAction SilentlyContinue) {
    Stop-ScheduledTask -TaskName $TaskName
    Unregister-ScheduledTask -TaskName $TaskName -Confirm:$false
}
if ($Uninstall) {
    Write-Output "The task $TaskName is gone. Its folders stay: $Data, $Settings"
    return
}

$python = Join-Path $Root 'venv\Scripts\python.exe'
$config = Join-Path $Settings 'agent.yaml'
foreach ($needed in @($python, (Join-Path $Root 'app\agent'), $config)) {
    if (-not (Test-Path -LiteralPath $needed)) { throw "$needed is missing" }
}

Set-OwnFolder -Path $Data -AgentRights 'Modify'
Set-OwnFolder -Path $Settings -AgentRights 'ReadAndExecute'

$action = New-ScheduledTaskAction -Execute $python `
    -Argument "-m agent run --config `"$config`"" -WorkingDirectory (Join-Path $Root 'app')
# At the start of Windows; and each minute, which changes nothing while the agent runs.
$triggers = @(
    (New-ScheduledTaskTrigger -AtStartup),
    (New-ScheduledTaskTrigger -Once -At (Get-Date) -RepetitionInterval (New-TimeSpan -Minutes 1))
)
$principal = New-ScheduledTaskPrincipal -UserId 'NT AUTHORITY\LOCAL SERVICE' -LogonType ServiceAccount
$settingsOfTask = New-ScheduledTaskSettingsSet -StartWhenAvailable -DontStopIfGoingOnBatteries `
    -AllowStartIfOnBatteries -MultipleInstances IgnoreNew `
    -ExecutionTimeLimit ([TimeSpan]::Zero)

Register-ScheduledTask -TaskName $TaskName -Action $action -Trigger $triggers -Principal $principal `
    -Settings $settingsOfTask -Description 'DRIMbox agent of the site' | Out-Null
Start-ScheduledTask -TaskName $TaskName
Write-Output "The task $TaskName is installed and started; its state: http://127.0.0.1:8787/"
