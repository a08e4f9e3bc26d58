using System.Text.RegularExpressions;

namespace Hoop.Cli.Configuration;

/// <summary>
/// Several gateways, or several callers of one: each context is a flat file like the configuration's,
/// <c>$HOME/.hoop/contexts/NAME.toml</c>. The context <c>default</c> is <c>config.toml</c> itself, which other clients read too. Which
/// one counts: <c>--context</c>, else HOOP_CONTEXT, else what <c>hoop config use-context</c> wrote, else <c>default</c>.
/// </summary>
internal static partial class Contexts
{
    public const string Default = "default";

    /// <summary>What <c>--context</c> is read as, behind the option.</summary>
    public const string Variable = "HOOP_CONTEXT";

    public const string Rule = "a context's name has letters, digits, dots, dashes and underscores, begins with a letter or digit, and is at most 63 long";

    /// <summary>The one that counts.</summary>
    /// <exception cref="CliFailure">It is not a name, or there is no such context.</exception>
    public static string Current(Func<string, string?> variable)
    {
        var named = variable(Variable)?.Trim() is { Length: > 0 } wanted ? wanted : Chosen(variable) ?? Default;
        Checked(named);
        return named == Default || File.Exists(PathOf(variable, named)) ? named : throw Unknown(variable, named);
    }

    /// <summary>All there are, by name; <c>default</c> when its file is there.</summary>
    public static IReadOnlyList<string> All(Func<string, string?> variable)
    {
        var folder = Path.Combine(FolderOf(variable), "contexts");
        var named = Directory.Exists(folder)
            ? Directory.EnumerateFiles(folder, "*.toml").Select(file => Path.GetFileNameWithoutExtension(file)).Where(IsName)
            : [];
        return [.. named.Concat(File.Exists(PathOf(variable, Default)) ? [Default] : []).Order(StringComparer.Ordinal)];
    }

    public static string PathOf(Func<string, string?> variable, string name) => name == Default
        ? Path.Combine(FolderOf(variable), "config.toml")
        : Path.Combine(FolderOf(variable), "contexts", $"{Checked(name)}.toml");

    /// <summary>What counts from now on where nothing else says so.</summary>
    public static void Choose(Func<string, string?> variable, string name)
    {
        var file = ChoiceOf(variable);
        if (name == Default)
        {
            if (File.Exists(file))
            {
                File.Delete(file);
            }

            return;
        }

        File.WriteAllText(file + ".new", name + "\n");
        File.Move(file + ".new", file, overwrite: true);
    }

    /// <exception cref="CliFailure">It is none.</exception>
    public static string Checked(string name) => IsName(name) ? name : throw new CliFailure($"\"{name}\": {Rule}");

    public static CliFailure Unknown(Func<string, string?> variable, string name)
    {
        var all = All(variable);
        return new CliFailure(Nearest.To(name, all) is { } meant
            ? $"there is no context \"{name}\"; did you mean {meant}?"
            : $"there is no context \"{name}\"; there are: {string.Join(", ", all.DefaultIfEmpty("none"))}. Make it with: hoop config set-context {name} --api-url URL");
    }

    private static string? Chosen(Func<string, string?> variable)
    {
        try
        {
            return File.ReadAllText(ChoiceOf(variable)).Trim() is { Length: > 0 } name ? name : null;
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    private static string ChoiceOf(Func<string, string?> variable) => Path.Combine(FolderOf(variable), "current-context");

    private static string FolderOf(Func<string, string?> variable) => variable("HOME") is { Length: > 0 } home
        ? Path.Combine(home, ".hoop")
        : throw new CliFailure("HOME is not set, so there is no configuration file");

    private static bool IsName(string name) => Name().IsMatch(name);

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}\z", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Name();
}
