using System.CommandLine;
using Hoop.Cli.CommandLine;

namespace Hoop.Cli.Completion;

/// <summary><c>hoop completion SHELL</c>: a script for the shell, which asks the program for what fits.</summary>
internal static class CompletionCommand
{
    private const string Bash = """
        # hoop completion bash > /etc/bash_completion.d/hoop, or: source <(hoop completion bash)
        _hoop() {
          local IFS=$'\n' words=() glued='' last cut word i
          # bash parts words at : and = too, and writes what is chosen behind the last of them.
          for (( i = 1; i <= COMP_CWORD; i++ )); do
            word=${COMP_WORDS[i]}
            if [[ -n $word && ${#words[@]} -gt 0 && ( -n $glued || $word == [:=]* ) ]]; then
              words[${#words[@]}-1]+=$word
            else
              words+=("$word")
            fi
            glued=''; [[ $word == *[:=] ]] && glued=1
          done
          COMPREPLY=($(hoop __complete "${words[@]}" 2>/dev/null))
          last=${words[${#words[@]}-1]}
          cut=${last%"${last##*[:=]}"}
          COMPREPLY=("${COMPREPLY[@]#"$cut"}")
        }
        complete -o default -F _hoop hoop
        """;

    private const string Zsh = """
        #compdef hoop
        # hoop completion zsh > "${fpath[1]}/_hoop", or: source <(hoop completion zsh)
        _hoop() {
          local -a found
          found=(${(f)"$(hoop __complete "${(@)words[2,CURRENT]}" 2>/dev/null)"})
          if (( $#found )); then compadd -a found; else _files; fi
        }
        compdef _hoop hoop
        """;

    private const string Fish = """
        # hoop completion fish > ~/.config/fish/completions/hoop.fish
        function __hoop_complete
          set -l words (commandline -opc) (commandline -ct)
          hoop __complete $words[2..-1] 2>/dev/null
        end
        complete -c hoop -a '(__hoop_complete)'
        """;

    private const string PowerShell = """
        # hoop completion powershell | Out-String | Invoke-Expression
        Register-ArgumentCompleter -Native -CommandName hoop -ScriptBlock {
          param($word, $ast, $position)
          $before = $ast.CommandElements | Select-Object -Skip 1 | Where-Object { $_.Extent.StartOffset -lt $position }
          $words = @($before | ForEach-Object { "$_" })
          if ($word -eq '') { $words += '""' }
          & hoop __complete @words 2>$null | ForEach-Object { [System.Management.Automation.CompletionResult]::new($_) }
        }
        """;

    private static readonly Argument<string> Shell = new("SHELL") { Description = "bash, zsh, fish or powershell" };

    public static Verb Command()
    {
        Shell.AcceptOnlyFromAmong("bash", "zsh", "fish", "powershell");
        return new Verb("completion", "Print a script that completes hoop's commands in your shell") { Shell }.With("""
            source <(hoop completion bash)
            hoop completion fish > ~/.config/fish/completions/hoop.fish
            """).Does(call =>
        {
            call.Block(call.Value(Shell) switch
            {
                "bash" => Bash,
                "zsh" => Zsh,
                "fish" => Fish,
                _ => PowerShell,
            });
            return Task.CompletedTask;
        });
    }
}
