using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.Cli;

/// <summary>What is done, part by part; later parts stand on earlier ones.</summary>
internal sealed partial class WholeTree
{
    private string InHome(string name) => Path.Combine(_hoop.Home, name);

    private async Task OfThisMachine()
    {
        await Shows("version", "status", "whoami");
        await Does("--version", "-v", "version --client", "completion bash", "completion zsh", "completion fish", "completion powershell");
        await Does($"config create --api-url {_gateway.Address} --token-file {InHome("operator")}");
        await Shows("config view");
        await Does("config view api_url", "config view token --raw");
        await Does($"config set-context other --api-url {_gateway.Address} --token-file {InHome("operator")}", "config use-context other");
        await Shows("config get-contexts");
        await Does("config current-context", "config use-context default", "config delete-context other", "config use-context other");
    }

    private async Task Resources()
    {
        await Shows("admin serverinfo", "admin get serverinfo", "admin get userinfo");
        await Does("admin create agent web", "admin create agent second -o json", "admin create agent web");
        await Shows("admin get agents", "admin get agent/web", "admin describe agent web");
        await Does(
            "admin get agents -o yaml", "admin get agents -o name", "admin get agents -o wide", "admin get agents -q status=offline");
        await Does("admin get agents -q stauts=offline", "admin get agent nobody");
        await Does("admin rotate-key agent second", "admin rotate-key agent/second -o json");

        await Does($"admin create trust-domain a.example --bundle-jwks {InHome("bundle.json")}");
        await Does($"admin create trust-domain b.example --bundle-jwks {InHome("bundle.json")} -o json");
        await Shows("admin get trust-domains", "admin describe trust-domain a.example", "admin get trust-domain-names");
        await Shows($"admin update trust-domain a.example --bundle-jwks {InHome("bundle.json")}", "admin refresh trust-domain a.example");
        await Does(
            "admin delete trust-domain b.example -o json", "admin delete trust-domain a.example", "admin delete trust-domain a.example");

        const string Mapping = "admin create spiffe-mapping --trust-domain prod.example";
        await Does(
            $"{Mapping} --spiffe-prefix spiffe://prod.example/agent/ --agent-template {{{{.WorkloadIdentifier}}}} --groups agents",
            $"{Mapping} --spiffe-id spiffe://prod.example/agent/second --agent-id second -o json",
            $"{Mapping} --spiffe-id spiffe://prod.example/x --agent-id nobody",
            $"admin import spiffe-mappings -f {InHome("mappings.ndjson")}",
            $"admin import spiffe-mappings -f {InHome("mappings.ndjson")} -o json");
        await Shows(
            "admin get spiffe-mappings", "admin get spiffe-mappings -q trust_domain=prod.example",
            "admin spiffe resolve spiffe://prod.example/agent/web");
        var mapping = await IdOf("admin get spiffe-mappings -q spiffe_id=spiffe://prod.example/agent/second");
        await Shows($"admin describe spiffe-mapping {mapping}");
        await Does($"admin delete spiffe-mapping {mapping}", $"admin delete spiffe-mapping {mapping}");
        mapping = await IdOf("admin get spiffe-mappings -q spiffe_prefix=spiffe://prod.example/many/");
        await Does($"admin delete spiffe-mapping {mapping} -o json");

        await Shows("export", $"apply -f {InHome("manifest.yaml")} --dry-run", $"apply -f {InHome("manifest.yaml")}");
        await Does("export agents -o yaml", $"apply -f {InHome("manifest.yaml")} --dry-run --exit-code");
        await Shows("admin get audit -q resource_type=agent -q action=create", "admin describe audit", "admin describe trust-domain-names");
        await Shows("admin feature-flag list", "admin feature-flag get experimental.iam_federation");
        await Shows("admin feature-flag disable experimental.iam_federation", "admin feature-flag enable experimental.iam_federation");
    }

    private async Task Accounts()
    {
        await Does(
            "admin create token nightly --groups auditor --expires-in 24h", "admin create token other -o json",
            "admin create token other");
        await Shows("admin get tokens", "admin describe token nightly");
        await Does("admin delete token nightly", "admin delete token other -o json", "admin delete token other");

        const string Issuer = "admin create issuer https://login.example.com --audience https://hoop.example.com";
        await Does($"{Issuer} --jwks-url https://login.example.com/keys", $"{Issuer} --jwks-url https://login.example.com/keys");
        await Does("admin create issuer https://b.example --audience https://hoop.test --jwks-url https://b.example/keys -o json");
        await Shows("admin get issuers", "admin describe issuer https://login.example.com");
        await Does("admin create sa-rule deploy --issuer https://login.example.com --equals project_id=20 --groups ops");
        await Does("admin create sa-rule pods --issuer https://login.example.com --glob sub=ci:* -o json");
        await Shows("admin get sa-rules", "admin describe sa-rule deploy");
        await Does("admin delete sa-rule deploy", "admin delete sa-rule pods -o json");
        await Does("admin delete issuer https://login.example.com", "admin delete issuer https://b.example -o json");

        await Does("admin create serviceaccount ci --name ci --groups admin", "admin create sa temporary -o json", "admin create sa other");
        await Shows(
            "admin get serviceaccounts", "admin get sa ci", "admin describe sa ci",
            $"admin issuer test --token-file {InHome("service-token")}");
        await Does("admin delete sa temporary", "admin delete sa other -o json", "admin delete sa other");
    }

    private async Task Store()
    {
        await Does(
            $"admin create policy readers --file {InHome("readers.hcl")}",
            $"admin create policy more --file {InHome("readers.hcl")} -o json");
        await Shows(
            $"admin update policy readers --file {InHome("readers.hcl")}", "admin get policies", "admin describe policy readers",
            "admin get mounts", "admin describe mounts");
        await Does(
            "admin create entity jack --policies readers --metadata team=blue", "admin create entity joe -o json",
            "admin create entity joe");
        await Shows("admin update entity jack --metadata team=green", "admin get entities", "admin describe entity jack");
        await Does("admin create group ops --entities jack", "admin create group devs -o json");
        await Shows("admin update group ops --entities jack,joe", "admin get groups", "admin describe group ops");

        var mounts = await _gateway.Operator.Get("/v1/sys/auth");
        var accessor = mounts["data"].GetProperty("token/").GetProperty("accessor").GetString()!;
        await Does(
            $"admin create entity-alias one --entity jack --mount-accessor {accessor}",
            $"admin create entity-alias two --entity joe --mount-accessor {accessor} -o json");
        await Shows("admin get entity-aliases");
        foreach (var (entity, output) in new[] { ("jack", ""), ("joe", " -o json") })
        {
            var of = (await _gateway.Operator.Get($"/v1/identity/entity/name/{entity}"))["data"];
            var alias = of.GetProperty("aliases")[0].GetProperty("id").GetString();
            await Does($"admin describe entity-alias {alias}{output}", $"admin delete entity-alias {alias}{output}");
        }

        // The store has no command that makes these.
        foreach (var (name, output) in new[] { ("outside", ""), ("foreign", " -o json") })
        {
            var group = IdIn(await _gateway.Operator.Post("/v1/identity/group", new { name, type = "external" }));
            var alias = IdIn(await _gateway.Operator.Post(
                "/v1/identity/group-alias", new { name, canonical_id = group, mount_accessor = accessor }));
            await Shows("admin get group-aliases");
            await Does($"admin describe group-alias {alias}{output}", $"admin delete group-alias {alias}{output}");
        }

        await Shows($"admin import vault --addr {_vault.Address} --token-file {InHome("vault-token")}");
        await Does(
            "admin delete group ops", "admin delete group devs -o json", "admin delete entity jack", "admin delete entity joe -o json");
        await Does("admin delete policy readers", "admin delete policy more -o json", "admin delete policy more");
    }

    private static string? IdIn(Reply reply) => reply["data"].GetProperty("id").GetString();

    private async Task People()
    {
        var token = Path.Combine(_person.Home, "token");
        await Does("admin create user 248289761001 --name Joan --groups developers", "admin create user 248289761002 -o json");
        foreach (var line in new[]
        {
            $"login --token-file {token} -o json", $"login --token-file {token}", "whoami", "whoami -o json",
            "token create nightly --ttl 24h", "token create weekly -o json", "token list", "token list -o json",
            "token delete nightly", "token delete weekly -o json", "token delete weekly", "admin get agents",
        })
        {
            await Did(_person, line);
        }

        await Shows("admin get users", "admin get user jane@example.com", "admin describe user jane@example.com");
        await Shows("admin update user jane@example.com --groups auditor");
        var joan = await IdOf("admin get users -q subject=248289761001");
        var other = await IdOf("admin get users -q subject=248289761002");
        await Does($"admin delete user {joan}", $"admin delete user {other} -o json", "admin delete user nobody@example.com");
        await Did(_person, "logout");
        await Did(_person, "logout -o json");
    }

    private async Task Sessions()
    {
        await using var agent = _agent.Start("start", "agent", "--allow-command", "sh");
        await agent.Said("as agent web");
        await Does(
            "admin create connection shell -a web -- sh", "admin create connection slow -a web -o json -- sh -c \"exec sleep 600\"",
            "admin create connection my-bq -a web -t custom/bigquery -e A=b -- sh", "admin create connection by-email -a web -- sh -c cat");
        await Shows("admin get connections", "admin describe connection shell");
        await Did("exec shell -i \"echo hello; exit 3\"");
        await Did("exec shell", "echo from standard input");
        await Did("connect shell", "echo here; echo there >&2");
        foreach (var output in new[] { "", " -o json" })
        {
            await using var running = _hoop.Start("exec", "slow", "-i", "");
            string? id = null;
            await Eventually.True(
                async () =>
                {
                    var open = (await _gateway.Operator.Get("/api/sessions?status=running")).Body;
                    id = open.GetArrayLength() == 1 ? open[0].GetProperty("id").GetString() : null;
                    return id is not null;
                },
                "the command does not run");
            await Does($"admin kill session {id}{output}");
            Keep("exec slow", await running.End());
        }

        await Shows("admin get sessions");
        var last = await IdOf("admin get sessions -q page_size=1");
        await Shows($"admin get session {last}", $"admin describe session {last}");

        var watching = _hoop.Start("admin", "get", "agents", "--watch", "-o", "name", "--debug");
        await watching.Said("200");
        watching.Interrupt();
        var watched = await watching.End();
        Assert.That(watched.Code, Is.Zero, watched.Error);
        await watching.DisposeAsync();

        agent.Interrupt();
        var ended = await agent.End();
        Keep("start agent", ended with { Out = "", Error = "" });
    }

    private async Task Federation()
    {
        await using var agent = _agent.Start("start", "agent", "--allow-command", "sh");
        await agent.Said("as agent web");
        var set = $"admin federation set my-bq --file {InHome("policy.yaml")} --credentials-file {InHome("admin.json")}";
        await Shows(set, "admin federation get my-bq");
        await Did($"admin federation set by-email --file {InHome("by-email.yaml")} --credentials-file {InHome("admin.json")}");
        const string Test = "admin federation test --connection by-email --user-email";
        await Shows($"{Test} alice@example.com --credentials-file {InHome("admin.json")}");
        await Shows($"{Test} mallory@example.com --credentials-file {InHome("admin.json")}");
        using var tool = new HoopProcess(_gateway.Address, (await Did("admin create token tools")).Out.Trim()) { IsBuilt = _hoop.IsBuilt };
        foreach (var line in new[]
        {
            "federation token my-bq", "federation token my-bq -o json", "federation token my-bq --env",
            "federation token my-bq --format google",
            "federation config my-bq", "federation config my-bq -o json", "federation token nothing",
        })
        {
            await Did(tool, line);
        }

        await Shows("admin get principals", "admin describe principals");
        await Does("admin release principal reader-bot@my-proj.iam.gserviceaccount.com", "federation token my-bq");
        await Does("admin release principal reader-bot@my-proj.iam.gserviceaccount.com -o json");
        await Does("admin federation delete my-bq", set, "admin federation delete my-bq -o json");
        agent.Interrupt();
        await agent.End();
    }

    private async Task Organizations()
    {
        await Does("admin create org acme", "admin create org other -o json", "admin create org acme", "admin create admin-token acme");
        await Does(
            "admin create admin-token acme -o json", "admin update org acme --name acme-europe",
            "admin update org other --name third -o json");
        await Shows("admin get orgs", "admin describe org acme-europe");
        await Shows("admin get quotas acme-europe", "admin describe quotas acme-europe");
        await Shows("admin update quotas acme-europe --set agents=5", "admin update trust-domain-name b.example --org third");
        await Does("admin update trust-domain-name a.example --org third", "admin delete trust-domain-name a.example");
        await Does(
            "admin delete trust-domain-name b.example -o json", "admin delete org third",
            "admin delete org acme-europe --cascade -o json");
    }

    private async Task Gone()
    {
        await Does("admin delete connection shell", "admin delete connection slow -o json", "admin delete connection my-bq");
        await Does("admin delete agent web --cascade", "admin delete agent second -o json", "admin delete agent second", "config clear");
    }
}
