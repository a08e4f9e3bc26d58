using Hoop.Cli.Output;

namespace Hoop.Cli.Agent.Execution;

/// <summary>
/// Which variables of a request reach a program. What an agent's operator allows is the operator's: with a list of commands only the
/// variables named with <c>--allow-env</c> do, because an interpreter takes orders from its environment. Those that are made for that
/// never do.
/// </summary>
/// <param name="allowed">Names, or beginnings of names that end with <c>*</c>; null lets all pass but <see cref="TakesOrders"/>.</param>
internal sealed class EnvironmentRules(IReadOnlyList<string>? allowed)
{
    /// <summary>With a list of commands and without <c>--allow-env</c>: what the gateway sends itself, and where data is.</summary>
    public static readonly IReadOnlyList<string> Default = ["HOOP_*", "CLOUDSDK_CORE_PROJECT", "GOOGLE_*", "PG*"];

    /// <summary>Beginnings of the names by which the loader, a shell or an interpreter is told to run something.</summary>
    private static readonly string[] Families =
    [
        "LD_", "DYLD_", "BASH_FUNC_", "PYTHON", "PERL", "RUBY", "GEM_", "BUNDLE_", "NODE_", "NPM_CONFIG_", "npm_config_",
        "DOTNET_", "CORECLR_", "COMPlus_", "COR_", "GIT_", "LUA_", "OPENSSL_",
    ];

    private static readonly HashSet<string> Names = new(StringComparer.Ordinal)
    {
        "BASH_ENV", "ENV", "SHELLOPTS", "BASHOPTS", "PS4", "PROMPT_COMMAND", "ZDOTDIR", "GCONV_PATH", "GLIBC_TUNABLES", "GETCONF_DIR",
        "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS", "JAVA_OPTS", "PHPRC", "PHP_INI_SCAN_DIR",
        "R_PROFILE", "R_PROFILE_USER", "R_ENVIRON", "ERL_FLAGS",
        "CLOUDSDK_PYTHON", "CLOUDSDK_PYTHON_ARGS", "CLOUDSDK_PYTHON_SITEPACKAGES", "CLOUDSDK_CONFIG",
        "GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES",
        "PSQLRC", "PSQL_PAGER", "PSQL_EDITOR", "PGSYSCONFDIR", "PAGER", "MANPAGER", "LESSOPEN", "LESSCLOSE", "EDITOR", "VISUAL", "BROWSER",
    };

    /// <summary>The first variable that may not pass, or null.</summary>
    public string? Refused(IEnumerable<string> names) =>
        names.FirstOrDefault(name => TakesOrders(name) || (allowed is not null && !allowed.Any(entry => Matches(entry, name))));

    /// <summary>Why it may not.</summary>
    public static string Explain(string name) => TakesOrders(name)
        ? $"the agent does not take the variable {Printable.Quoted(name)}: it can make a program run other code"
        : $"the agent does not take the variable {Printable.Quoted(name)}: it is not among those allowed with --allow-env";

    public static bool TakesOrders(string name) =>
        Names.Contains(name) || Families.Any(family => name.StartsWith(family, StringComparison.Ordinal));

    private static bool Matches(string entry, string name) =>
        entry.EndsWith('*') ? name.StartsWith(entry[..^1], StringComparison.Ordinal) : string.Equals(entry, name, StringComparison.Ordinal);
}
