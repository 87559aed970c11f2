# PowerShell completion for guard:
#   guard completions powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName 'guard' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    # What is typed so far is taken as text, and never evaluated.
    $words = @($commandAst.CommandElements | Select-Object -Skip 1 |
        Where-Object { $_.Extent.EndOffset -lt $cursorPosition } |
        ForEach-Object { $_.Extent.Text })
    # Older versions drop an empty argument on its way to a program.
    $current = if ($wordToComplete) { "=$wordToComplete" } else { '=' }
    try {
        & guard __complete --last $current @words 2>$null | ForEach-Object {
            $value, $about = $_ -split "`t", 2
            if (-not $about) { $about = $value }
            [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $about)
        }
    } catch { }
}
