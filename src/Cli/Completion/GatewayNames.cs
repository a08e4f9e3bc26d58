using System.Buffers;
using System.CommandLine;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Configuration;
using Hoop.Cli.Gateway;
using Hoop.Client;
using Hoop.Client.Tokens;

namespace Hoop.Cli.Completion;

/// <summary>
/// Names that the gateway knows, where a command wants one. A key press waits a quarter of a second for them at most, and is told nothing
/// of what goes wrong. Nothing is kept; nobody is signed in, no token is replaced, and where a command would warn of the connection,
/// nothing is asked.
/// </summary>
internal static class GatewayNames
{
    public delegate Task<IEnumerable<string>> Source(HoopClient hoop, CancellationToken stop);

    private const int Most = 200;

    /// <summary>Of a key press.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250);

    /// <summary>What a shell takes as it is. A name is somebody else's text, and stands on the line before anybody has read it.</summary>
    private static readonly SearchValues<char> Plain =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:/@+=,%-");

    private static readonly Dictionary<string, Source> Kinds = new(StringComparer.Ordinal)
    {
        ["agent"] = async (hoop, stop) => (await hoop.Agents.List(pageSize: Most).Page(null, stop)).Value.Select(one => one.Name),
        ["connection"] = async (hoop, stop) => (await hoop.Connections.List(Most).Page(null, stop)).Value.Select(one => one.Name),
        ["spiffe-mapping"] = async (hoop, stop) =>
            (await hoop.Mappings.List(pageSize: Most).Page(null, stop)).Value.Select(one => $"{one.Id}"),
        ["trust-domain"] = async (hoop, stop) => (await hoop.TrustDomains.List(Most).Page(null, stop)).Value.Select(one => one.Name),
        ["entity"] = async (hoop, stop) => await hoop.V1.List("identity/entity/name", stop),
        ["group"] = async (hoop, stop) => await hoop.V1.List("identity/group/name", stop),
        ["policy"] = async (hoop, stop) => await hoop.V1.List("sys/policies/acl", stop),
        ["issuer"] = async (hoop, stop) => (await hoop.Issuers.List(Most).Page(null, stop)).Value.Select(one => one.Issuer),
        ["serviceaccount"] = async (hoop, stop) =>
            (await hoop.ServiceAccounts.List(pageSize: Most).Page(null, stop)).Value.Select(one => one.Subject),
        ["serviceaccount-rule"] = async (hoop, stop) => (await hoop.Rules.List(Most).Page(null, stop)).Value.Select(one => one.Name),
        ["session"] = async (hoop, stop) => (await hoop.Sessions.List(pageSize: Most).Page(null, stop)).Value.Select(one => $"{one.Id}"),
        ["open session"] = async (hoop, stop) =>
            (await hoop.Sessions.List(status: "open", pageSize: Most).Page(null, stop)).Value.Select(one => $"{one.Id}"),
        ["org"] = async (hoop, stop) => (await hoop.Organizations.List(Most).Page(null, stop)).Value.Select(one => one.Name),
        ["token"] = async (hoop, stop) => (await hoop.ApiTokens.List(Most).Page(null, stop)).Value.Select(one => one.Name),
        ["own token"] = async (hoop, stop) =>
            (await hoop.PersonalTokens.List(pageSize: Most).Page(null, stop)).Value.Select(one => one.Name),
        ["user"] = async (hoop, stop) => (await hoop.People.List(pageSize: Most).Page(null, stop)).Value.Select(one => one.Email),
        ["flag"] = async (hoop, stop) => (await hoop.FeatureFlags.List(stop)).Value.Select(one => one.Name),
    };

    /// <summary>What the name behind a command is one of; null where nobody knows.</summary>
    public static string? KindOf(Command command) => command.Path().Select(step => step.Name).ToArray() switch
    {
        // Who creates something gives it a name that is not there yet.
        [_, "create" or "import", ..] => command.Name == "admin-token" ? "org" : null,
        ["connect" or "exec", ..] or [_, "federation", ..] => "connection",
        ["delete", "token", ..] => "own token",
        ["session", "kill", ..] => "open session",
        ["get" or "enable" or "disable", "feature-flag", ..] => "flag",
        ["use-context" or "delete-context" or "set-context", ..] => "context",
        ["quotas", ..] => "org",
        _ => command.Aliases.Prepend(command.Name).FirstOrDefault(Kinds.ContainsKey),
    };

    /// <summary>What the value of an option is one of.</summary>
    public static string? KindOf(Option option) => option.Name switch
    {
        "--agent" or "--agent-id" => "agent",
        "--connection" => "connection",
        "--entity" => "entity",
        "--org" => "org",
        "--issuer" => "issuer",
        "--context" => "context",
        _ => null,
    };

    /// <param name="kind">Of <see cref="KindOf(Command)"/>.</param>
    /// <param name="variable">The environment.</param>
    /// <param name="patience">How long to wait for all of it.</param>
    public static async Task<IReadOnlyList<string>> Find(string kind, Func<string, string?> variable, TimeSpan patience)
    {
        try
        {
            var names = kind == "context" ? Contexts.All(variable) : await Ask(Kinds[kind], variable, patience);
            return [.. names.Where(IsPlain).Take(Most)];
        }
        catch (Exception)
        {
            // Whatever it is, a line that is being typed is no place to tell it.
            return [];
        }
    }

    private static bool IsPlain(string? name) => name is { Length: > 0 } && name[0] != '-' && !name.AsSpan().ContainsAnyExcept(Plain);

    private static async Task<IEnumerable<string>> Ask(Source source, Func<string, string?> variable, TimeSpan patience)
    {
        var warned = false;
        var settings = Settings.Load(variable, _ => warned = true);
        if (warned || TokenOf(settings) is not { } token)
        {
            return [];
        }

        using var limit = new CancellationTokenSource(patience);
        using var hoop = new HoopClient(Connection.Options(settings, patience, debug: null) with { Tokens = new FixedToken(token) });

        // Also what does not look at its token, such as the search for an address, is waited for no longer.
        return await source(hoop, limit.Token).WaitAsync(limit.Token);
    }

    private static string? TokenOf(Settings settings) => settings.Token
        ?? (settings.Session is { } path && new SessionFile(path).Read() is { } session && !session.IsOver(TimeProvider.System.GetUtcNow())
            ? session.AccessToken
            : null);
}
