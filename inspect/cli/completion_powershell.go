package cli

import (
	"fmt"
	"strings"
)

func powershellCompletion(all []*completed) string {
	var b strings.Builder
	b.WriteString("# PowerShell" + completionNote + `
Register-ArgumentCompleter -Native -CommandName 'vmess' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @{
`)
	for _, c := range all {
		fmt.Fprintf(&b, "        %s = @(\n", powershellQuoted(c.at))
		for _, w := range c.words {
			fmt.Fprintf(&b, "            ,@(%s, %s)\n", powershellQuoted(w), powershellQuoted(w))
		}
		for _, w := range c.commands {
			fmt.Fprintf(&b, "            ,@(%s, %s)\n", powershellQuoted(w.name), powershellQuoted(w.usage))
		}
		for _, f := range c.flags {
			fmt.Fprintf(&b, "            ,@(%s, %s)\n", powershellQuoted(f.name), powershellQuoted(f.usage))
		}
		b.WriteString("        )\n")
	}
	b.WriteString("    }\n    $values = @{\n")
	for _, c := range all {
		for _, f := range c.flags {
			if f.value == "" {
				continue
			}
			var list []string
			for _, w := range f.words {
				list = append(list, powershellQuoted(w))
			}
			fmt.Fprintf(&b, "        %s = @(%s)\n", powershellQuoted(c.at+" "+f.name), strings.Join(list, ", "))
		}
	}
	b.WriteString(`    }
    $at = ''
    $last = ''
    foreach ($element in ($commandAst.CommandElements | Select-Object -Skip 1)) {
        if ($element.Extent.EndOffset -ge $cursorPosition -and $wordToComplete -ne '') { break }
        $last = $element.ToString()
        if ($words.ContainsKey("$at/$last")) { $at = "$at/$last" }
    }
    # Where nothing is returned, PowerShell completes the names of files.
    if ($values.ContainsKey("$at $last")) {
        $values["$at $last"] | Where-Object { $_ -like "$wordToComplete*" } | ForEach-Object {
            [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
        }
        return
    }
    $words[$at] | Where-Object { $_[0] -like "$wordToComplete*" -and ($wordToComplete -like '-*' -or $_[0] -notlike '-*') } | ForEach-Object {
        $kind = if ($_[0] -like '-*') { 'ParameterName' } else { 'ParameterValue' }
        [System.Management.Automation.CompletionResult]::new($_[0], $_[0], $kind, $_[1])
    }
}
`)
	return b.String()
}

func powershellQuoted(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
