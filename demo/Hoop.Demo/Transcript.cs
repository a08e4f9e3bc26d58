using System.Text.RegularExpressions;

namespace Hoop.Demo;

/// <summary>
/// What the demo prints: commands, their output, and a sentence in between. On the way out the folder of the story becomes
/// <c>$DEMO</c>, the machine's name <c>$HOST</c>, and of each token the beginning is left.
/// </summary>
internal sealed partial class Transcript(TextWriter output)
{
    private const int Shown = 12;

    private static readonly Regex HostName =
        new($@"(?<![\w.-]){Regex.Escape(Environment.MachineName)}(?![\w.-])[ ]*", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));

    private readonly List<string> _secrets = [];
    private string? _folder;

    /// <summary>From now on this folder is <c>$DEMO</c>.</summary>
    public void Hide(string folder) => _folder = folder;

    /// <summary>From now on only the beginning of this text is shown.</summary>
    public void Mask(string secret) => _secrets.Add(secret);

    public void Chapter(string title) => Write($"\n## {title}");

    /// <summary>A sentence, as a comment of the shell.</summary>
    public void Say(string sentence) => Write($"\n# {sentence}");

    public void Command(string line) => Write($"\n$ {line}");

    public void Output(string text)
    {
        if (text.Length > 0)
        {
            Write(text);
        }
    }

    public void Plain(string line) => Write(line);

    public string Clean(string text)
    {
        if (_folder is not null)
        {
            text = text.Replace(_folder, "$DEMO", StringComparison.Ordinal);
        }

        foreach (var secret in _secrets)
        {
            text = text.Replace(secret, secret[..Shown] + "…", StringComparison.Ordinal);
        }

        text = Token().Replace(text, match => match.Value[..Shown] + "…");

        // Tables stay tables: the name and the blanks behind it keep their width.
        return HostName.Replace(text, match => "$HOST".PadRight(match.Value.EndsWith(' ') ? match.Value.Length : 0));
    }

    private void Write(string text)
    {
        output.WriteLine(Clean(text));
        output.Flush();
    }


    /// <summary>An agent's key, a Hoop API token's form, or a JWT.</summary>
    [GeneratedRegex(@"\b(xagt-[A-Za-z0-9_-]{20,}|hpk_[A-Za-z0-9_-]{20,}|eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Token();
}
