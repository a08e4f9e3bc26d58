using System.Text;
using Hoop.Cli.Configuration;

namespace Hoop.Cli.Connections;

/// <summary>The <c>-e</c> options as the API's <c>secret</c> object: <c>envvar:NAME</c> or <c>filesystem:NAME</c> to base64.</summary>
internal static class ConnectionSecrets
{
    private const string Variable = "envvar:";
    private const string FileKey = "filesystem:";

    /// <exception cref="CliFailure">An option makes no sense. The message never repeats a value.</exception>
    public static IReadOnlyDictionary<string, string> Of(IEnumerable<string> options, Func<string, string?> variable)
    {
        var secrets = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var option in options)
        {
            var sign = option.IndexOf('=', StringComparison.Ordinal);
            var key = sign < 0 ? option : option[..sign];
            var name = key.StartsWith(FileKey, StringComparison.Ordinal) ? key[FileKey.Length..]
                : key.StartsWith(Variable, StringComparison.Ordinal) ? key[Variable.Length..]
                : key;
            if (name.Length == 0)
            {
                throw new CliFailure("-e: write KEY=VALUE");
            }

            var bytes = sign < 0
                ? Encoding.UTF8.GetBytes(variable(name) ?? throw new CliFailure(
                    $"-e {key}: there is no variable {name} in the environment; write {key}=VALUE or {key}=file://PATH"))
                : Value(key, option[(sign + 1)..]);
            var prefix = key.StartsWith(FileKey, StringComparison.Ordinal) ? FileKey : Variable;
            if (!secrets.TryAdd(prefix + name, Convert.ToBase64String(bytes)))
            {
                throw new CliFailure($"-e {key}: given twice");
            }
        }

        return secrets;
    }

    private static byte[] Value(string key, string text)
    {
        const string Base64 = "base64://", File = "file://";
        if (text.StartsWith(File, StringComparison.Ordinal))
        {
            return InputFile.Bytes($"-e {key}", text[File.Length..]);
        }

        if (!text.StartsWith(Base64, StringComparison.Ordinal))
        {
            return Encoding.UTF8.GetBytes(text);
        }

        try
        {
            return Convert.FromBase64String(text[Base64.Length..]);
        }
        catch (FormatException)
        {
            throw new CliFailure($"-e {key}: not valid base64");
        }
    }
}
