<#
.SYNOPSIS
Cài bot của xã trên Windows 10, 11 hoặc Server: chạy cùng máy, không cần ai đăng nhập.

.DESCRIPTION
Mở PowerShell bằng quyền quản trị (Run as administrator) rồi gõ, trong thư mục có tệp này:
    powershell -ExecutionPolicy Bypass -File .\cai-dat.ps1 -Wheel .\langso-0.1.0-py3-none-any.whl -Requirements .\core.txt
Gỡ chương trình, giữ dữ liệu:
    powershell -ExecutionPolicy Bypass -File .\cai-dat.ps1 -Remove

Chạy lại với tệp .whl mới là nâng cấp. Cần Python từ 3.11 (python.org, chọn "Install for all users").

.PARAMETER Wheel
Tệp .whl của bot.

.PARAMETER Requirements
Tệp requirements/core.txt của cùng bản; mỗi thư viện tải về phải đúng mã băm ghi trong đó.

.PARAMETER NoQuestions
Không hỏi các câu đầu tiên (langso init) sau khi cài.

.PARAMETER Remove
Gỡ chương trình, dịch vụ và lối tắt. Dữ liệu và cấu hình ở ProgramData được giữ lại.
#>
[CmdletBinding(DefaultParameterSetName = 'Install')]
param(
    [Parameter(Mandatory = $true, ParameterSetName = 'Install')] [string] $Wheel,
    [Parameter(Mandatory = $true, ParameterSetName = 'Install')] [string] $Requirements,
    [Parameter(ParameterSetName = 'Install')] [switch] $NoQuestions,
    [Parameter(Mandatory = $true, ParameterSetName = 'Remove')] [switch] $Remove
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

$TaskName = 'langso'
$ProgramDir = Join-Path $env:ProgramFiles 'langso'
$DataDir = Join-Path $env:ProgramData 'langso'
$Langso = Join-Path $ProgramDir 'Scripts\langso.exe'
$Runner = Join-Path $ProgramDir 'chay-nen.cmd'
$Menu = Join-Path $env:ProgramData 'Microsoft\Windows\Start Menu\Programs\Lang So'
# S-1-5-19: Local Service, a user without rights on the machine; the others: Administrators, SYSTEM.
$ServiceSid = 'S-1-5-19'
$OwnerSids = @('S-1-5-32-544', 'S-1-5-18')

function Invoke-Checked {
    param([string] $Program, [string[]] $Arguments)
    & $Program @Arguments
    if ($LASTEXITCODE -ne 0) {
        throw "$Program $($Arguments -join ' '): mã $LASTEXITCODE"
    }
}

function Find-Python {
    foreach ($version in '3.13', '3.12', '3.11') {
        $found = & py "-$version" -c 'import sys; print(sys.executable)' 2>$null
        if ($LASTEXITCODE -eq 0) { return $found }
    }
    throw 'Chưa có Python từ 3.11. Tải ở python.org, chọn "Install for all users" và "py launcher", rồi chạy lại.'
}

function Stop-Bot {
    if (Get-ScheduledTask -TaskName $TaskName -ErrorAction SilentlyContinue) {
        # The bot loses nothing when it is ended at once: all it took is on the disk.
        Stop-ScheduledTask -TaskName $TaskName
        Get-CimInstance Win32_Process |
            Where-Object { $_.ExecutablePath -and $_.ExecutablePath.StartsWith($ProgramDir, 'OrdinalIgnoreCase') } |
            ForEach-Object { Stop-Process -Id $_.ProcessId -Force -ErrorAction SilentlyContinue }
    }
}

function Protect-Data {
    # People's names and words: for the bot and for administrators only.
    New-Item -ItemType Directory -Force -Path $DataDir | Out-Null
    $grants = @("*${ServiceSid}:(OI)(CI)M") + ($OwnerSids | ForEach-Object { "*${_}:(OI)(CI)F" })
    Invoke-Checked 'icacls.exe' (@($DataDir, '/inheritance:r', '/grant:r') + $grants + @('/Q'))
}

function Write-Settings {
    $file = Join-Path $DataDir '.env'
    if (-not (Test-Path $file)) {
        $text = "# Cấu hình của bot; langso init hỏi rồi ghi vào đây.`r`nBOT_DATA_DIR=du-lieu`r`n"
        [System.IO.File]::WriteAllText($file, $text, (New-Object System.Text.UTF8Encoding $false))
    }
}

function Install-Program {
    param([string] $Python)
    if (-not (Test-Path (Join-Path $ProgramDir 'Scripts\python.exe'))) {
        Invoke-Checked $Python @('-m', 'venv', $ProgramDir)
    }
    $pip = @('-m', 'pip', 'install', '--quiet', '--disable-pip-version-check')
    $inside = Join-Path $ProgramDir 'Scripts\python.exe'
    Invoke-Checked $inside ($pip + @('--require-hashes', '-r', (Resolve-Path $Requirements).Path))
    Invoke-Checked $inside ($pip + @('--no-deps', '--force-reinstall', (Resolve-Path $Wheel).Path))
    # One log of the present run, and one of the run before.
    $lines = @(
        '@echo off',
        'set PYTHONUTF8=1',
        "cd /d `"$DataDir`"",
        'if exist nhat-ky.txt move /y nhat-ky.txt nhat-ky-truoc.txt >nul',
        "`"$Langso`" serve >nhat-ky.txt 2>&1"
    )
    [System.IO.File]::WriteAllLines($Runner, $lines, [System.Text.Encoding]::ASCII)
}

function Register-Bot {
    # Python is no program that Windows' service manager can start; its task scheduler starts any, before anybody logs in.
    $action = New-ScheduledTaskAction -Execute $Runner -WorkingDirectory $DataDir
    $trigger = New-ScheduledTaskTrigger -AtStartup
    $user = New-ScheduledTaskPrincipal -UserId $ServiceSid -LogonType ServiceAccount -RunLevel Limited
    $settings = New-ScheduledTaskSettingsSet -StartWhenAvailable -MultipleInstances IgnoreNew `
        -AllowStartIfOnBatteries -DontStopIfGoingOnBatteries -ExecutionTimeLimit ([TimeSpan]::Zero) `
        -RestartCount 999 -RestartInterval (New-TimeSpan -Minutes 1)
    Register-ScheduledTask -TaskName $TaskName -Action $action -Trigger $trigger -Principal $user `
        -Settings $settings -Description 'Bot của xã' -Force | Out-Null
}

function New-Shortcut {
    param([string] $Name, [string] $Target, [string] $Arguments, [string] $Folder)
    New-Item -ItemType Directory -Force -Path $Menu | Out-Null
    $shortcut = (New-Object -ComObject WScript.Shell).CreateShortcut((Join-Path $Menu "$Name.lnk"))
    $shortcut.TargetPath = $Target
    $shortcut.Arguments = $Arguments
    $shortcut.WorkingDirectory = $Folder
    $shortcut.Save()
}

$me = New-Object Security.Principal.WindowsPrincipal ([Security.Principal.WindowsIdentity]::GetCurrent())
if (-not $me.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)) {
    throw 'Mở PowerShell bằng quyền quản trị (Run as administrator) rồi chạy lại.'
}

if ($Remove) {
    Stop-Bot
    Unregister-ScheduledTask -TaskName $TaskName -Confirm:$false -ErrorAction SilentlyContinue
    foreach ($folder in $Menu, $ProgramDir) {
        if (Test-Path $folder) { Remove-Item -Recurse -Force $folder }
    }
    Write-Host "Đã gỡ. Dữ liệu của xã còn ở $DataDir."
    exit 0
}

$python = Find-Python
Stop-Bot
Protect-Data
Write-Settings
Install-Program -Python $python
Register-Bot
# The names of shortcuts have no accents: some tools on older Windows cannot show them.
$command = "/k `"set PYTHONUTF8=1 && set PATH=$ProgramDir\Scripts;%PATH%`""
New-Shortcut -Name 'Lang So - trang cua bot' -Target "$env:SystemRoot\explorer.exe" `
    -Arguments 'http://127.0.0.1:8080/' -Folder $DataDir
New-Shortcut -Name 'Lang So - go lenh' -Target "$env:SystemRoot\System32\cmd.exe" -Arguments $command -Folder $DataDir
if (-not $NoQuestions) {
    Push-Location $DataDir
    try { Invoke-Checked $Langso @('init') } finally { Pop-Location }
}
Start-ScheduledTask -TaskName $TaskName
Write-Host "Đã cài. Dữ liệu và cấu hình: $DataDir. Trang của bot: http://127.0.0.1:8080/"
