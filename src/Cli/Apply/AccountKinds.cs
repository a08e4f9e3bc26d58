using System.Text;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Gateway;
using Hoop.Cli.ServiceAccounts;
using Hoop.Client;

namespace Hoop.Cli.Apply;

/// <summary>Who may come: issuers, service accounts, rules, people.</summary>
internal static class AccountKinds
{
    private const string Configured = "the gateway's configuration";
    private const int PageSize = ManifestKinds.PageSize;

    // Each belongs to an address: for another one it is given anew.
    private static readonly (string Member, string Url)[] IssuerSecrets =
    [
        ("introspection_secret", "introspection_url"), ("jwks_token", "jwks_url"),
    ];

    public static readonly ManifestKind Issuer = new("issuer")
    {
        Members = Of(HoopJson.Default.CreateIssuerRequest),
        Required = ["issuer"],
        SecretMembers = [.. IssuerSecrets.Select(secret => secret.Member)],
        NameOf = body => body.Text("issuer"),
        Secrets = IssuerDifferences,
        Load = async (call, _) =>
        [
            .. (await ManifestKinds.Rows(call, hoop => hoop.Issuers.List(PageSize))).Select(row => new Existing(
                row.Text("issuer")!,
                ManifestKinds.Taken(row, Issuer!.Members),
                row.Text("id")!,
                row.Text("source") == "configuration" ? Configured : null)),
        ],
        Write = (call, write) => write.There is { } there
            ? call.Api.Do(hoop => hoop.Issuers.Update(
                Bodies.Id(there.Id), WithSecrets(write).As(HoopJson.Default.UpdateIssuerRequest), call.Stop))
            : call.Api.Do(hoop => hoop.Issuers.Create(WithSecrets(write).As(HoopJson.Default.CreateIssuerRequest), call.Stop)),
        Delete = (call, there) => call.Api.Do(hoop => hoop.Issuers.Delete(Bodies.Id(there.Id), call.Stop)),
    };

    public static readonly ManifestKind Rule = new(RuleReference.Type)
    {
        Aliases = ["sa-rule"],
        Members = ["name", "issuer", "priority", "conditions", "account_name", "groups", "lifetime_seconds"],
        Required = ["name", "issuer", "conditions"],
        NameOf = body => body.Text("name"),
        Load = async (call, _) =>
        [
            .. (await ManifestKinds.Rows(call, hoop => hoop.Rules.List(PageSize))).Select(row => new Existing(
                row.Text("name")!, WithoutNulls(ManifestKinds.Taken(row, Rule!.Members)), row.Text("id")!)),
        ],
        Write = async (call, write) => call.Warnings((write.There is { } there
            ? await call.Api.Do(hoop => hoop.Rules.Update(
                Bodies.Id(there.Id), write.Body.As(HoopJson.Default.UpdateRuleRequest), call.Stop))
            : await call.Api.Do(hoop => hoop.Rules.Create(write.Body.As(HoopJson.Default.CreateRuleRequest), call.Stop))).Object),
        Delete = (call, there) => call.Api.Do(hoop => hoop.Rules.Delete(Bodies.Id(there.Id), call.Stop)),
    };

    public static readonly ManifestKind Account = new(AccountReference.Type)
    {
        Aliases = ["sa"],
        Members = ["subject", "issuer", "name", "status", "groups", "owner", "expires_at"],
        Required = ["subject"],
        NameOf = body => body.Text("issuer") is { Length: > 0 } issuer ? $"{body.Text("subject")}@{issuer}" : body.Text("subject"),
        Load = async (call, wanted) =>
        {
            // Who leaves the issuer away means the one account of the subject.
            var bare = wanted.Where(manifest => manifest.Body["issuer"] is null).Select(manifest => manifest.Name)
                .ToHashSet(StringComparer.Ordinal);
            return
            [
                .. (await ManifestKinds.Rows(call, hoop => hoop.ServiceAccounts.List(pageSize: PageSize))).Select(row => new Existing(
                    bare.Contains(row.Text("subject")!) ? row.Text("subject")! : $"{row.Text("subject")}@{row.Text("issuer")}",
                    ManifestKinds.Taken(row, Account!.Members),
                    row.Text("issuer")!)),
            ];
        },
        Write = (call, write) =>
        {
            var body = write.Body;
            body["status"] ??= "active";
            return write.There is { } there
                ? call.Api.Do(hoop => hoop.ServiceAccounts.UpdateBySubject(
                    body.As(HoopJson.Default.UpdateServiceAccountBody), there.Body.Text("subject"), there.Id, call.Stop))
                : call.Api.Do(hoop => hoop.ServiceAccounts.Create(body.As(HoopJson.Default.CreateServiceAccountRequest), call.Stop));
        },
        Delete = (call, there) => call.Api.Do(
            hoop => hoop.ServiceAccounts.DeleteBySubject(there.Body.Text("subject"), there.Id, call.Stop)),
    };

    public static readonly ManifestKind User = new("user")
    {
        Members = ["subject", "issuer", "name", "status", "groups"],
        Required = ["subject"],
        Fixed = ["issuer"],
        NeverPruned = "people come by signing in, so none is pruned; delete one with: hoop admin delete user",
        NameOf = body => body.Text("subject"),
        Load = async (call, wanted) =>
        {
            var names = wanted.Select(manifest => manifest.Name).ToHashSet(StringComparer.Ordinal);
            var there = new List<Existing>();
            foreach (var row in await ManifestKinds.Rows(call, hoop => hoop.People.List(pageSize: PageSize)))
            {
                if (wanted.Count == 0 || names.Contains(row.Text("subject")!))
                {
                    var body = ManifestKinds.Taken(row, ["subject", "issuer", "name"]);

                    // Invited is what active is before the first sign-in; and what admins set is theirs, not the issuer's.
                    body["status"] = row.Text("status") == "inactive" ? "inactive" : "active";
                    body["groups"] = new JsonArray([.. row.Texts("set_groups").Select(group => (JsonNode?)group)]);
                    there.Add(new Existing(row.Text("subject")!, body, row.Text("id")!));
                }
            }

            return there;
        },
        Write = async (call, write) =>
        {
            var id = write.There?.Id
                ?? (await call.Api.Do(hoop => hoop.People.Invite(write.Body.As(HoopJson.Default.InvitePersonRequest), call.Stop)))
                    .Object.Text("id");
            if (write.There is not null || write.Body.Text("status") == "inactive")
            {
                var body = write.Body.As(HoopJson.Default.UpdatePersonBody);
                await call.Api.Do(hoop => hoop.People.Update(Bodies.Id(id!), body, call.Stop));
            }
        },
    };

    private static string[] Of(JsonTypeInfo type) => [.. type.Properties.Select(property => property.Name)];

    private static JsonObject WithoutNulls(JsonObject body)
    {
        foreach (var condition in body["conditions"]?.AsArray().OfType<JsonObject>() ?? [])
        {
            foreach (var absent in condition.Where(member => member.Value is null).Select(member => member.Key).ToArray())
            {
                condition.Remove(absent);
            }
        }

        return body;
    }

    /// <summary>Stored ones cannot be read: the gateway is asked whether they are these.</summary>
    private static async Task<IReadOnlyList<Difference>> IssuerDifferences(Call call, Manifest manifest, Existing? there)
    {
        var given = IssuerSecrets.Where(secret => manifest.Body[secret.Member] is not null).ToArray();
        var kept = there is null || call.ReplacesCredentials ? []
            : given.Where(secret => manifest.Body[secret.Url] is null || manifest.Body.Text(secret.Url) == there.Body.Text(secret.Url))
                .Select(secret => secret.Member).ToArray();
        var same = kept.Length == 0 ? [] : kept.Except(await Differing(call, manifest, there!, kept), StringComparer.Ordinal).ToArray();
        return
        [
            .. given.Where(secret => !same.Contains(secret.Member)).Select(secret => new Difference(secret.Member, From: null, To: null)),
        ];
    }

    private static async Task<IEnumerable<string>> Differing(Call call, Manifest manifest, Existing there, string[] members)
    {
        var id = Bodies.Id(there.Id);
        var secrets = new JsonObject(members.Select(member => KeyValuePair.Create(member, (JsonNode?)Secret(manifest, member))));
        var body = secrets.As(HoopJson.Default.CompareIssuerSecretsRequest);
        if (await call.Api.Find(hoop => hoop.Issuers.CompareSecrets(id, body, call.Stop)) is { } answer)
        {
            return answer.Object.Texts("differs");
        }

        // A gateway of before does not compare: then they are given once, and again when somebody asks for that.
        var row = (await call.Api.Do(hoop => hoop.Issuers.Get(id, call.Stop))).Object;
        return members.Where(member => !row.IsTrue($"has_{member}"));
    }

    private static string Secret(Manifest manifest, string member)
    {
        var source = manifest.Body[member];
        var text = Encoding.UTF8.GetString(ConnectionKinds.Value(manifest, member, source)).TrimEnd('\r', '\n');

        // {value: ""} takes a token away; an empty file is an accident.
        return text.Length > 0 || (member == "jwks_token" && source?["value"] is not null)
            ? text
            : throw manifest.Problem($"{member} is empty");
    }

    private static JsonObject WithSecrets(ManifestWrite write)
    {
        var body = write.Body.Without("introspection_secret", "jwks_token");
        foreach (var (member, _) in IssuerSecrets.Where(secret => write.Changes(secret.Member)))
        {
            body[member] = Secret(write.Manifest, member);
        }

        return body;
    }
}
