using System.CommandLine;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Configuration;

namespace Hoop.Cli.Import;

/// <summary>
/// <c>hoop admin import vault</c>: entities, aliases, groups and policies of a Vault, read over its API and written to the gateway. What is
/// there already stays as it is, so a run that was ended goes on where it was. Exit code 0 only when nothing was refused.
/// </summary>
internal static class ImportVault
{
    private const int AtOnce = 8;

    private static readonly Option<string?> Address = new("--addr")
    {
        Description = "Address of the Vault; otherwise VAULT_ADDR",
        HelpName = "URL",
    };

    private static readonly Option<string?> TokenFile = new("--token-file")
    {
        Description = "File with a token of the Vault; - is standard input. Otherwise VAULT_TOKEN",
        HelpName = "FILE",
    };

    private static readonly Option<string?> Token = new("--token")
    {
        Description = "The token itself; every process of this machine can read it here",
        HelpName = "TOKEN",
    };

    private static readonly Option<string?> Namespace = new("--namespace")
    {
        Description = "Namespace of the Vault; otherwise VAULT_NAMESPACE",
        HelpName = "NAME",
    };

    private static readonly Option<string?> CaFile = new("--ca-file")
    {
        Description = "PEM of the only authorities to trust for the Vault; otherwise VAULT_CACERT",
        HelpName = "FILE",
    };

    private static readonly Option<string[]?> MapMount = new("--map-mount")
    {
        Description = "A mount of the Vault, by path or accessor, and the gateway's that stands for it. Repeatable",
        HelpName = "OLD=NEW",
    };

    private static readonly Option<bool> WithDefault = new("--with-default") { Description = "Also the policy default" };

    private static readonly Option<bool> DryRun = new("--dry-run")
    {
        Description = "Write nothing: tell what would be done, and which policies would be refused",
    };

    public static Command Command() =>
        new Verb("vault", "Entities, aliases, groups and ACL policies of a Vault")
        {
            Address, TokenFile, Token, Namespace, CaFile, MapMount, WithDefault, DryRun,
        }.With("""
            hoop admin import vault --addr https://vault.example.com:8200 --token-file ./vault-token --dry-run
            hoop admin import vault --addr https://vault.example.com:8200 --token-file ./vault-token
            hoop admin import vault --map-mount oidc/=oidc/idp.example.com/ -o json
            """).Explaining(
            "What is written",
            ("mounts", "the one that --map-mount names, else that of the same path and type, else a new one"),
            ("entities, groups", "by name: policies, metadata and disabled as in the Vault; ids are the gateway's own"),
            ("aliases", "by mount and name; none is taken away from another entity or group"),
            ("members", "those of the Vault; of others only those go that the Vault knows and does not name"),
            ("policies", "accessors and ids of groups in templates become the gateway's; root never, default with --with-default"),
            ("nothing else", "nothing is deleted; tokens, secrets and OIDC keys stay where they are"))
        .Does(Run);

    private static async Task<int> Run(Call call)
    {
        var vault = Source(call);
        var dryRun = call.Value(DryRun);
        var (report, gateway) = (new ImportReport(dryRun), new StoreWriter(call.Api));
        var terminal = Console.IsErrorRedirected ? null : call.StandardError;
        using var mounts = new MountMap(gateway, report, dryRun);
        await mounts.Load(AuthMount.Table(await vault.Read("sys/auth", call.Stop)), Mapped(call.Value(MapMount)), call.Stop);

        var entities = new EntityImport(vault, gateway, mounts, report, dryRun);
        await Each("entities", await vault.List("identity/entity/id", call.Stop), entities.One);
        var groups = new GroupImport(vault, gateway, mounts, report, entities.Ids, dryRun);
        await Each("groups", await vault.List("identity/group/id", call.Stop), groups.One);
        await groups.Members(new Progress(terminal, "members", groups.Ids.Count).Step, call.Stop);
        var names = mounts.Accessors.Concat(groups.Ids).Where(pair => pair.Value.Length > 0).ToDictionary(StringComparer.Ordinal);
        var policies = new PolicyImport(vault, gateway, report, names, dryRun);
        var wanted = (await vault.List("sys/policies/acl", call.Stop))
            .Where(name => name != "root" && (name != "default" || call.Value(WithDefault)));
        await Each("policies", [.. wanted], policies.One);

        report.Show(call);
        return report.IsWell ? 0 : 1;

        async Task Each(string what, IReadOnlyList<string> keys, Func<string, CancellationToken, Task> one)
        {
            var progress = new Progress(terminal, what, keys.Count);
            await Parallel.ForEachAsync(
                keys,
                new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = call.Stop },
                async (key, stop) =>
                {
                    await one(key, stop);
                    progress.Step();
                });
        }
    }

    private static VaultSource Source(Call call)
    {
        var address = call.Value(Address) ?? Variable("VAULT_ADDR")
            ?? throw new CliFailure("which Vault? Name it with --addr URL, or set VAULT_ADDR");
        var url = Uri.TryCreate(address, UriKind.Absolute, out var given) && given.Scheme is "http" or "https"
            ? Settings.ParseApiUrl("--addr", address)
            : throw new CliFailure("--addr: the address of a Vault looks like https://vault.example.com:8200");
        if (url is { Scheme: "http", IsLoopback: false })
        {
            call.Warning($"the Vault's token travels unencrypted to {url.GetLeftPart(UriPartial.Authority)}; use https");
        }

        if (call.Has(Token))
        {
            call.Warning("every process of this machine can read a token that is an argument; use --token-file or VAULT_TOKEN");
        }

        var token = call.Value(TokenFile) is { } file ? InputFile.Token("--token-file", file)
            : call.Value(Token) is { } text ? Settings.ParseToken("--token", text)
            : Variable("VAULT_TOKEN") is { } variable ? Settings.ParseToken("VAULT_TOKEN", variable)
            : throw new CliFailure("there is no token of the Vault: name its file with --token-file FILE, or set VAULT_TOKEN");
        var authorities = (call.Value(CaFile) ?? Variable("VAULT_CACERT")) is { } pem
            ? Settings.ParseAuthorities("--ca-file", InputFile.Text("--ca-file", pem))
            : null;
        var settings = new Settings(url, token, "--token-file", authorities, SkipTlsVerify: false);
        return new VaultSource(settings, call.Value(Namespace) ?? Variable("VAULT_NAMESPACE") ?? "", call.Patience, call.Told);
    }

    private static Dictionary<string, string> Mapped(string[]? options)
    {
        var mapped = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var option in options ?? [])
        {
            var sign = option.IndexOf('=', StringComparison.Ordinal);
            if (sign <= 0 || sign == option.Length - 1)
            {
                throw new CliFailure($"--map-mount {option}: write OLD=NEW, such as oidc/=oidc/idp.example.com/");
            }

            // A path may be written without the slash at its end; an accessor holds none.
            var (old, path) = (option[..sign], option[(sign + 1)..].TrimEnd('/') + "/");
            mapped[old] = path;
            mapped[old.TrimEnd('/') + "/"] = path;
        }

        return mapped;
    }

    private static string? Variable(string name) =>
        Environment.GetEnvironmentVariable(name)?.Trim() is { Length: > 0 } value ? value : null;
}
