using System.CommandLine;
using System.Text.Json;
using Hoop.Cli.Gateway;
using Hoop.Cli.Output;

namespace Hoop.Cli.CommandLine;

/// <summary>What <c>hoop admin get TYPE [NAME]</c> and <c>delete TYPE NAME</c> share.</summary>
internal static class ResourceList
{
    public static readonly Option<string[]> Query = new("--query", "-q")
    {
        Description = "Filter of the list, repeatable; see Filters",
        HelpName = "key=value",
        Recursive = true,
        Arity = ArgumentArity.OneOrMore,
    };

    public static Argument<string?> OptionalName(string description) =>
        new("NAME") { Description = description, Arity = ArgumentArity.ZeroOrOne };

    /// <param name="name">Of the argument, as in "missing agent name".</param>
    public static NameArgument Name(string name, string label = "NAME", string? description = null) =>
        new(name, label) { Description = description };

    /// <summary>All of a kind, or the one that is named, as a table or as JSON.</summary>
    /// <param name="path">Of the list; the one resource is below it.</param>
    /// <param name="type">Of one resource, for messages.</param>
    /// <param name="name">Null for all.</param>
    /// <param name="tableQuery">What the table of one resource needs less of than its JSON.</param>
    public static async Task Show(
        this Call call,
        string path,
        string type,
        string? name,
        Func<IReadOnlyList<JsonElement>, Task<Table>> table,
        string tableQuery = "")
    {
        if (name is not null && call.Has(Query))
        {
            throw NoFilterOfOne();
        }

        var answer = name is null
            ? await call.Api.Get(path + QueryOf(call), call.Stop)
            : await call.Api.Find($"{path}/{Api.Segment(name)}{(call.Json ? "" : tableQuery)}", call.Stop) ?? throw Missing(type, name);
        if (call.Json)
        {
            call.Raw(answer.Text);
        }
        else
        {
            call.Table(await table(name is null ? answer.List : [answer.Object]));
        }

        if (answer.NextCursor is { } cursor)
        {
            call.Note($"the list goes on: add -q cursor={cursor}");
        }
    }

    /// <summary>
    /// Deletes and says so. Looks first: a deletion may be idempotent, and a mistyped name must not pass for a deleted one.
    /// </summary>
    public static async Task Delete(this Call call, string path, string type, string name)
    {
        var resource = $"{path}/{Api.Segment(name)}";
        _ = await call.Api.Find(resource, call.Stop) ?? throw Missing(type, name);
        call.Done(await call.Api.Delete(resource, call.Stop), type, name, "deleted");
    }

    public static CliFailure NoFilterOfOne() => new("-q filters a list; leave the name away");

    public static CliFailure Missing(string type, string name) => new($"there is no {type} \"{name}\"; see hoop admin get {type}s");

    /// <summary>Tells the <c>warnings</c> of an answer on standard error.</summary>
    public static void Warnings(this Call call, JsonElement answer)
    {
        foreach (var warning in answer.Texts("warnings"))
        {
            call.Warning(warning);
        }
    }

    private static string QueryOf(Call call)
    {
        var query = "";
        foreach (var pair in call.Value(Query) ?? [])
        {
            var sign = pair.IndexOf('=', StringComparison.Ordinal);
            if (sign < 1)
            {
                throw new CliFailure($"-q {pair}: write key=value");
            }

            var (key, value) = (pair[..sign], Spelled(pair[..sign], pair[(sign + 1)..]));
            query += $"{(query.Length == 0 ? '?' : '&')}{Uri.EscapeDataString(key)}={Uri.EscapeDataString(value)}";
        }

        return query;
    }

    /// <summary>A status as the tables show it, in any case, for the API's word.</summary>
    private static string Spelled(string key, string value) => key != "status" ? value : value.ToUpperInvariant() switch
    {
        "ONLINE" or "CONNECTED" => "CONNECTED",
        "OFFLINE" or "DISCONNECTED" => "DISCONNECTED",
        _ => value,
    };
}

/// <summary>A name that must be given.</summary>
/// <param name="what">What it names, as in "missing agent name".</param>
/// <param name="label">In the usage.</param>
internal sealed class NameArgument(string what, string label) : Argument<string>(label)
{
    public string What { get; } = what;
}
