using System.CommandLine;
using System.Text.Json;
using Hoop.Cli.Gateway;
using Hoop.Client;
using Hoop.Client.Wire;

namespace Hoop.Cli.CommandLine;

/// <summary>What <c>hoop admin get TYPE [NAME]</c> and <c>delete TYPE NAME</c> share.</summary>
internal static class ResourceList
{
    public static readonly Option<string[]> Query = new("--query", "-q")
    {
        Description = "Filter of the list, repeatable; the filters stand in hoop admin get --help",
        HelpName = "key=value",
        Recursive = true,
        Arity = ArgumentArity.OneOrMore,
    };

    public static readonly Option<bool> Watching = new("--watch", "-w")
    {
        Description = "Go on: read again every 2 seconds, and show what came, changed and went, until Ctrl-C",
        Recursive = true,
    };

    public static Argument<string?> OptionalName(string description) =>
        new("NAME") { Description = description, Arity = ArgumentArity.ZeroOrOne };

    /// <param name="name">Of the argument, as in "missing agent name".</param>
    public static NameArgument Name(string name, string label = "NAME", string? description = null) =>
        new(name, label) { Description = description };

    /// <summary>All of a kind, or the one that is named, as <c>-o</c> wants it.</summary>
    /// <param name="name">Null for all.</param>
    public static async Task Show(this Call call, Listing listing, string? name)
    {
        if (name is not null && call.Has(Query))
        {
            throw NoFilterOfOne();
        }

        var query = QueryOf(call, listing);
        if (call.Value(Watching))
        {
            await new Watch(call, listing, query, name).Run();
            return;
        }

        var answer = name is null
            ? await call.List(listing, query, call.Stop)
            : await call.FindOne(listing, name, withSecrets: call.Json, call.Stop) ?? throw Missing(listing.Type, name);
        await (name is null ? call.ShowAnswer(listing, answer) : call.ShowAnswer(listing, answer, [listing.RowOf(answer)]));
        if (name is null && listing.Next(answer) is { } cursor)
        {
            call.Note($"the list goes on: add -q cursor={cursor}");
        }
    }

    /// <summary>A list that an answer holds.</summary>
    /// <param name="rows">Those of the answer, when the listing does not find them itself.</param>
    public static Task ShowAnswer(this Call call, Listing listing, Answer answer, IReadOnlyList<JsonElement>? rows = null)
    {
        if (!call.Json)
        {
            return call.ShowText(listing, rows ?? listing.Rows(answer));
        }

        call.Raw(answer.Text);
        return Task.CompletedTask;
    }

    /// <summary>The list as it is now.</summary>
    public static async Task<Answer> List(this Call call, Listing listing, ListQuery query, CancellationToken stop)
    {
        var answer = await call.Api.Try(hoop => listing.Page(hoop, query, stop));
        return listing.EmptyIsMissing && answer.Status == System.Net.HttpStatusCode.NotFound ? answer : answer.OrFail();
    }

    /// <summary>One of them; null when there is none.</summary>
    /// <param name="withSecrets">Reads the values of secrets too, where the kind has some, which the audit trail shows.</param>
    public static async Task<Answer?> FindOne(this Call call, Listing listing, string name, bool withSecrets, CancellationToken stop)
    {
        var answer = await call.Api.Try(hoop => listing.One!(hoop, Api.Name(name), withSecrets, stop));
        return answer.Status == System.Net.HttpStatusCode.NotFound ? null : answer.OrFail();
    }

    /// <summary>One resource that was found in another way than by its address.</summary>
    public static Task ShowOne(this Call call, Listing listing, JsonElement row)
    {
        if (call.Has(Query))
        {
            throw NoFilterOfOne();
        }

        if (call.Value(Watching))
        {
            throw new CliFailure("--watch follows a list; leave the name away");
        }

        if (!call.Json)
        {
            return call.ShowText(listing, [row]);
        }

        call.Raw(row.GetRawText());
        return Task.CompletedTask;
    }

    private static async Task ShowText(this Call call, Listing listing, IReadOnlyList<JsonElement> rows)
    {
        switch (call.Format)
        {
            case Formats.Name:
                foreach (var row in rows)
                {
                    call.Line(listing.NameOf(row));
                }

                break;
            case Formats.Wide:
                call.Table(await listing.Wide(rows));
                break;
            default:
                if (call.Describes)
                {
                    foreach (var line in rows.SelectMany(row => Description.Of(row).Prepend("")).Skip(1))
                    {
                        call.Line(line);
                    }
                }
                else
                {
                    call.Table(await listing.Table(rows));
                }

                break;
        }
    }

    /// <summary>
    /// Deletes and says so. Looks first: a deletion may be idempotent, and a mistyped name must not pass for a deleted one.
    /// </summary>
    public static async Task Delete<T>(
        this Call call, string type, string name, Func<HoopClient, Task<HoopAnswer<T>>> find, Func<HoopClient, Task<HoopAnswer>> delete)
    {
        _ = await call.Api.Find(find) ?? throw Missing(type, name);
        call.Done(await call.Api.Do(delete), type, name, "deleted");
    }

    /// <summary>For what is no list: an option of lists is refused, and not ignored.</summary>
    public static void DemandNoListOption(this Call call)
    {
        if (call.Has(Query) || call.Value(Watching))
        {
            throw new CliFailure("-q and --watch are for lists, and this is none");
        }
    }

    private static CliFailure NoFilterOfOne() => new("-q filters a list; leave the name away");

    public static CliFailure Missing(string type, string name) => new($"there is no {type} \"{name}\"; see hoop admin get {Plural(type)}");

    private static string Plural(string type) =>
        type.EndsWith('y') ? type[..^1] + "ies" : type.EndsWith("alias", StringComparison.Ordinal) ? type + "es" : type + "s";

    /// <summary>Tells the <c>warnings</c> of an answer on standard error.</summary>
    public static void Warnings(this Call call, JsonElement answer)
    {
        foreach (var warning in answer.Texts("warnings"))
        {
            call.Warning(warning);
        }
    }

    private static ListQuery QueryOf(Call call, Listing listing)
    {
        var query = new ListQuery();
        string[] known = [.. listing.Filters, .. listing.Paging];
        foreach (var pair in call.Value(Query) ?? [])
        {
            var sign = pair.IndexOf('=', StringComparison.Ordinal);
            if (sign < 1)
            {
                throw new CliFailure($"-q {pair}: write key=value");
            }

            if (!known.Contains(pair[..sign]))
            {
                throw new CliFailure(Nearest.To(pair[..sign], known) is { } meant
                    ? $"-q {pair}: there is no such filter; did you mean {meant}?"
                    : known.Length == 0 ? $"-q {pair}: this list has no filters"
                    : $"-q {pair}: there is no such filter; the filters of this list are {string.Join(", ", known)}");
            }

            if (!query.Add(pair[..sign], Spelled(pair[..sign], pair[(sign + 1)..])))
            {
                throw new CliFailure($"-q {pair}: {pair[..sign]} is said twice, and all filters must match");
            }
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
