using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Configuration;
using Hoop.Cli.Output;

namespace Hoop.Cli.Config;

/// <summary><c>hoop config use-context</c> and its kin: several gateways, or several callers of one.</summary>
internal static class ContextCommands
{
    public static Verb Use()
    {
        var name = NameOf();
        return new Verb("use-context", "Choose the context of the commands that follow") { name }.With("""
            hoop config use-context production
            hoop config use-context default
            """).Does(call =>
        {
            var context = Demand(call, call.Value(name)!);
            Contexts.Choose(call.Variable, context);
            call.Line($"context \"{context}\" is used from now on");
            if (Environment.GetEnvironmentVariable(Contexts.Variable) is { Length: > 0 } other && other != context)
            {
                call.Warning($"{Contexts.Variable} is set to {other} and wins over it");
            }

            return Task.CompletedTask;
        });
    }

    public static Verb Show() => new Verb("current-context", "Show the context that counts").With("""
            hoop config current-context
            """).Does(call =>
    {
        call.Line(Contexts.Current(call.Variable));
        return Task.CompletedTask;
    });

    public static Verb Get() => new Verb("get-contexts", "List the contexts") { Call.Output }.With("""
            hoop config get-contexts
            hoop config get-contexts -o name
            """).Showing(Formats.Named).Does(call =>
    {
        var current = Contexts.Current(call.Variable);
        var rows = Contexts.All(call.Variable).Select(name => (Name: name, File: Read(call, name))).ToArray();
        if (call.Format == Formats.Name)
        {
            foreach (var (name, _) in rows)
            {
                call.Line(name);
            }
        }
        else if (call.Json)
        {
            call.Raw(new JsonArray([.. rows.Select(row => new JsonObject
            {
                ["name"] = row.Name, ["current"] = row.Name == current, ["api_url"] = row.File.GetValueOrDefault("api_url"),
            })]).ToJsonString());
        }
        else
        {
            var table = new Table("CURRENT", "NAME", "API_URL", "TOKEN");
            foreach (var (name, file) in rows)
            {
                table.Add(name == current ? "*" : "", name, file.GetValueOrDefault("api_url"), file.ContainsKey("token") ? "in the file" : "");
            }

            call.Table(table);
        }

        return Task.CompletedTask;
    });

    public static Verb Set()
    {
        var name = NameOf();
        var apiUrl = new Option<string?>("--api-url") { Description = "Address of the gateway; a new context needs it", HelpName = "URL" };
        var tokenFile = new Option<string?>("--token-file") { Description = "File that holds your token; - is standard input", HelpName = "FILE" };
        var tlsCa = new Option<string?>("--tls-ca") { Description = "PEM file of the authority that signed the gateway's certificate", HelpName = "FILE" };
        var skip = new Option<bool>("--skip-tls-verify") { Description = "Do not verify the gateway's certificate: for trials only" };
        return new Verb("set-context", "Make a context, or change what is named of it") { name, apiUrl, tokenFile, tlsCa, skip }.With("""
            hoop config set-context production --api-url https://hoop.example.com --token-file ./token
            hoop config set-context production --tls-ca ./ca.pem
            """).Does(call =>
        {
            var context = Contexts.Checked(call.Value(name)!);
            var path = Contexts.PathOf(call.Variable, context);
            var isNew = !File.Exists(path);
            var values = Read(call, context).ToDictionary(StringComparer.Ordinal);
            var address = call.Value(apiUrl) is { } url ? Settings.ParseApiUrl("--api-url", url).ToString().TrimEnd('/') : null;
            if (isNew && address is null)
            {
                throw new CliFailure($"there is no context \"{context}\" yet: a new one needs --api-url");
            }

            // A token belongs to the address that it was given for.
            var lost = address is not null && values.TryGetValue("api_url", out var was) && was != address
                && call.Value(tokenFile) is null && values.Remove("token");
            Put("api_url", address);
            Put("token", call.Value(tokenFile) is { } file ? InputFile.Token("--token-file", file) : null);
            if (call.Value(tlsCa) is { } authority)
            {
                var pem = InputFile.Text("--tls-ca", authority);
                Settings.ParseAuthorities("--tls-ca", pem);
                Put("tls_ca", Convert.ToBase64String(Encoding.UTF8.GetBytes(pem)));
            }

            Put("skip_tls_verify", call.Value(skip) ? "true" : null);
            ConfigFile.Write(path, values);
            call.Line($"context \"{context}\" {(isNew ? "created" : "changed")}");
            if (lost)
            {
                call.Warning("its token is gone: it is not sent to another address; name one with --token-file, or run: hoop login");
            }

            return Task.CompletedTask;

            void Put(string key, string? value)
            {
                if (value is not null)
                {
                    values[key] = value;
                }
            }
        });
    }

    public static Verb Delete()
    {
        var name = NameOf();
        return new Verb("delete-context", "Forget a context, and the token in its file") { name }.With("""
            hoop config delete-context production
            """).Does(call =>
        {
            var context = Demand(call, call.Value(name)!);
            if (context == Contexts.Default)
            {
                throw new CliFailure("the default context is the configuration file itself; remove it with: hoop config clear");
            }

            var wasCurrent = Contexts.Current(call.Variable) == context;
            File.Delete(Contexts.PathOf(call.Variable, context));
            call.Line($"context \"{context}\" deleted");
            if (wasCurrent)
            {
                Contexts.Choose(call.Variable, Contexts.Default);
                call.Note("it was in use; the default context is used from now on");
            }

            return Task.CompletedTask;
        });
    }

    private static NameArgument NameOf() => ResourceList.Name("context name", description: "Name of the context");

    private static string Demand(Call call, string name) =>
        Contexts.All(call.Variable).Contains(Contexts.Checked(name)) || name == Contexts.Default
            ? name
            : throw Contexts.Unknown(call.Variable, name);

    private static IReadOnlyDictionary<string, string> Read(Call call, string name) =>
        ConfigFile.Read(Contexts.PathOf(call.Variable, name), call.Warning);
}
