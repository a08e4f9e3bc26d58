using System.Text.Json;
using Hoop.StandIns;

namespace Hoop.Demo;

/// <summary>
/// The story that <c>./run.sh demo</c> tells: the gateway's main job through all four modules, on one machine, with real processes.
/// </summary>
internal sealed class Story(Stage stage, Transcript transcript, CancellationToken stop)
{
    private const string Agent = "arqa-prod";
    private const string AgentId = $"spiffe://example.test/agent/{Agent}";
    private const string Audience = "hoop-gateway";
    private const string Client = "hoop-cli";
    private const string Alice = "alice@my-proj.iam.gserviceaccount.com";
    private const string Status = @"-w '\nHTTP %{http_code}\n'";

    private BackgroundProcess? _gateway;
    private BackgroundProcess? _agent;

    /// <summary>The exit code: 0 when every step did what it should, 1 when one did not, 130 when it was interrupted.</summary>
    public static async Task<int> Tell(Transcript transcript, CancellationToken stop)
    {
        Stage stage;
        try
        {
            stage = await Stage.Set(transcript, stop);
        }
        catch (StoryFailure failure)
        {
            await Console.Error.WriteLineAsync($"demo: {failure.Message}");
            return 1;
        }

        var (code, last) = (0, "");
        await using (stage)
        {
            try
            {
                await new Story(stage, transcript, stop).Tell();
                last = $"demo: {stage.Done} of {stage.Done} steps as they should";
            }
            catch (StoryFailure failure) when (!Interrupted(stop))
            {
                transcript.Say("What the processes in the background said last:");
                transcript.Output(string.Join('\n', stage.LastWords()));
                (code, last) = (1, $"demo: step {stage.Done + 1} failed: {stage.Current}: {failure.Message}");
            }
            catch (Exception exception) when (exception is StoryFailure or OperationCanceledException && stop.IsCancellationRequested)
            {
                transcript.Say("Interrupted; stopping everything ...");
                (code, last) = (130, $"demo: stopped after {stage.Done} steps");
            }
        }

        transcript.Plain($"\n{last}");
        return code;
    }

    /// <summary>Ctrl-C reaches the step and this program in no particular order; a step that it ended is no failure of the step.</summary>
    private static bool Interrupted(CancellationToken stop) => stop.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(300));

    private async Task Tell()
    {
        transcript.Say(
            "Everything here runs on this machine, in a temporary folder that is gone afterwards; it is called $DEMO below. Of tokens only the");
        transcript.Plain("# beginning is printed. Three stand-ins take the place of services that cannot run here:");
        transcript.Plain($"#   Google's token and IAM Credentials endpoints   {stage.Google.Address}");
        transcript.Plain($"#   the SPIFFE issuer of trust domain example.test {stage.Spiffe.BundleUrl}");
        transcript.Plain($"#   an OpenID Connect provider                     {stage.IdentityProvider.Issuer}");
        if (!Installation.HasCurl)
        {
            transcript.Plain("# curl is not installed: a stand-in of the demo sends the requests that are printed as curl.");
        }

        await StartGateway();
        await ConnectAgent();
        await FederateConnection();
        await UseServiceAccount();
        await KeepEntities();
        await ReadAuditTrail();
        await StopEverything();
    }

    private async Task StartGateway()
    {
        transcript.Chapter("1. The gateway");
        transcript.Say("It makes and starts a PostgreSQL of its own, brings the schema up to date, and tells how to go on.");
        _gateway = await stage.Start(
            "hoop-gateway",
            [],
            [
                ("HOOP_LISTEN", "http://127.0.0.1:0"),
                ("HOOP_DATA_DIR", "gateway"),
                ("HOOP_SPIFFE_MODE", "enforce"),
                ("HOOP_SPIFFE_TRUST_DOMAIN", stage.Spiffe.TrustDomain),
                ("HOOP_SPIFFE_BUNDLE_URL", stage.Spiffe.BundleUrl),
                ("HOOP_SPIFFE_AUDIENCE", Audience),
                ("HOOP_OIDC_ISSUER", stage.IdentityProvider.Issuer),
                ("HOOP_OIDC_JWKS_URL", stage.IdentityProvider.JwksUrl),
                ("HOOP_OIDC_AUDIENCE", stage.IdentityProvider.Audience),
                ("HOOP_OIDC_CLIENT_ID", Client),
                ("HOOP_GCP_IAM_ENDPOINT", stage.Google.Address),
                ("HOOP_GCP_TOKEN_URI_ALLOWLIST", stage.Google.TokenUri),
            ],
            "./hoop admin get agents",
            stop);
        var ready = _gateway.Last(int.MaxValue).First(line => line.StartsWith("Hoop is ready at ", StringComparison.Ordinal));
        stage.Let("HOOP", ready.Split(' ')[4]);
        var token = (await File.ReadAllTextAsync(Path.Combine(stage.Folder, "gateway", "admin-token"), stop)).Trim();
        transcript.Mask(token);
        stage.Let("TOKEN", token);

        transcript.Say("$HOOP is its address and $TOKEN the admin token from now on.");
        await stage.Run("curl -s $HOOP/healthz/ready", ["\"status\":\"ok\"", "\"trust_bundle\""]);
        await stage.Run("hoop config create --api-url $HOOP --token-file gateway/admin-token", ["created "]);
    }

    private async Task ConnectAgent()
    {
        transcript.Chapter("2. An agent that proves itself with a JWT-SVID");
        await stage.Run($"hoop admin create agent {Agent}", ["agent \"arqa-prod\" created"]);
        transcript.Say("This agent will not use its key: a mapping says which SPIFFE identities are which agent.");
        await stage.Run(
            """
            hoop admin create spiffe-mapping --trust-domain example.test --spiffe-prefix spiffe://example.test/agent/ \
              --agent-template '{{.WorkloadIdentifier}}' --groups agents
            """,
            ["spiffe mapping created"]);
        await stage.Run($"hoop admin spiffe resolve {AgentId}", [Agent, "agents"]);

        transcript.Say("A token for another audience is refused, and here the admin learns why. The agent would not.");
        stage.Write("other.jwt", stage.Spiffe.MintSvid(AgentId, "another-service"));
        await stage.Run("hoop admin spiffe resolve --token-file other.jwt", ["Refused"], exitCode: 1);

        transcript.Say("The SPIFFE issuer stand-in writes a JWT-SVID into agent.jwt, as spiffe-helper does, and the agent starts with it.");
        stage.Write("agent.jwt", stage.Spiffe.MintSvid(AgentId, Audience, TimeSpan.FromMinutes(30)));
        _agent = await stage.Start(
            "hoop",
            ["start", "agent", "--allow-command", "bq"],
            [("HOOP_SPIFFE_KEY_FILE", "agent.jwt"), ("HOOP_APIURL", "$HOOP")],
            $"as agent {Agent} ({AgentId})",
            stop);
        await stage.Run("hoop admin get agents", [Agent, "ONLINE", AgentId]);
    }

    private async Task FederateConnection()
    {
        transcript.Chapter("3. Short-lived Google credentials for each user of a connection");
        transcript.Say("The agent's bq is a stand-in too: it asks the Google stand-in whose access token it was given.");
        stage.Let("GOOGLE", stage.Google.Address);
        await stage.Run(
            $"""
            hoop admin create connection my-bq -a {Agent} -t custom/bigquery \
              -e CLOUDSDK_CORE_PROJECT=my-proj -e GOOGLE_STAND_IN=$GOOGLE -e GOOGLE_APPLICATION_CREDENTIALS=/etc/shared-key.json \
              -- bq query --use_legacy_sql=false
            """,
            ["connection \"my-bq\" created"]);
        await stage.Run("hoop admin feature-flag enable experimental.iam_federation", ["experimental.iam_federation"]);

        stage.Write("federation.yaml", """
            builtin_provider: gcp_iam
            identity_source_attribute: email
            identity_target_template: "{user.email_local}@my-proj.iam.gserviceaccount.com"
            fallback_policy: deny
            readonly_principal: ""
            token_ttl_seconds: 3600
            extra_config:
              project_id: my-proj

            """);
        stage.Write("hoop-admin-sa.json", stage.Google.CreateAdminCredentials("my-proj", "hoop-admin"));
        stage.Google.Grant(Alice);
        transcript.Say(
            "The key of the admin service account comes from the Google stand-in, which lets that account act as alice and as nobody else.");
        await stage.Run("cat federation.yaml", ["builtin_provider: gcp_iam"]);
        await stage.Run(
            "hoop admin federation set my-bq --file federation.yaml --credentials-file hoop-admin-sa.json",
            ["federation configured for connection \"my-bq\"", "Has Admin Credentials"]);
        await stage.Run("hoop admin federation get my-bq", ["{user.email_local}@my-proj.iam.gserviceaccount.com"]);

        transcript.Say("A dry run for alice: the gateway mints a token, the agent runs bq with it, and Google knows it as alice's.");
        await stage.Run(
            """
            hoop admin federation test --connection my-bq --user-email alice@example.com \
              --credentials-file hoop-admin-sa.json --test-script 'SELECT SESSION_USER()'
            """,
            ["SUCCESS", $"| {Alice} |"]);
        transcript.Say("And for mallory, for whom Google gives no token. Exit code 1, which CI can use.");
        await stage.Run(
            "hoop admin federation test --connection my-bq --user-email mallory@example.com --credentials-file hoop-admin-sa.json",
            ["FAILED"],
            exitCode: 1);
        await OpenSession();
        await stage.Run("hoop admin federation delete my-bq", ["federation removed for connection \"my-bq\""]);
        await stage.Run("hoop admin federation get my-bq", ["error: "], exitCode: 1);
    }

    private async Task OpenSession()
    {
        var provider = stage.IdentityProvider;
        stage.Let("ID_TOKEN", provider.MintIdToken("alice", Client, email: "alice@example.com"));
        stage.Let("ALICE", provider.MintAccessToken("alice", email: "alice@example.com", variant: new TokenVariant
        {
            Claims = new Dictionary<string, System.Text.Json.Nodes.JsonNode?>(StringComparer.Ordinal) { ["client_id"] = Client },
        }));
        transcript.Say(
            "Now alice herself. She signs in as hoop login does it; $ID_TOKEN and $ALICE are what the provider gives her. Her session runs on "
            + "the agent, with her own account; its bytes come as they are written, and hoop ends as the command ends.");
        await stage.Run(
            "curl -s -H 'Content-Type: application/json' -d \"{\\\"id_token\\\":\\\"$ID_TOKEN\\\"}\" $HOOP/api/signin",
            ["alice@example.com"]);
        await stage.Run("HOOP_TOKEN=$ALICE hoop exec my-bq -i 'SELECT SESSION_USER()' --correlation-id ticket-4711", [$"| {Alice} |"]);
        await stage.Run("hoop admin get sessions -q correlation_id=ticket-4711", ["alice@example.com", Alice, "DONE"]);
    }

    private async Task UseServiceAccount()
    {
        transcript.Chapter("4. A service account: OAuth 2.0 client credentials");
        await stage.Run(
            "hoop admin create serviceaccount ci-pipeline --name 'CI pipeline' --groups ops,auditor",
            ["serviceaccount \"ci-pipeline\" created"]);
        stage.Let("IDP", stage.IdentityProvider.Issuer);
        stage.Let("CLIENT_SECRET", stage.IdentityProvider.AddClient("ci-pipeline"));
        transcript.Say(
            "$IDP is the provider stand-in, where ci-pipeline is a client with $CLIENT_SECRET. $ACCESS_TOKEN is what it answers.");
        var answer = await stage.Run("curl -s -u ci-pipeline:$CLIENT_SECRET -d grant_type=client_credentials $IDP/token", ["access_token"]);
        stage.Let("ACCESS_TOKEN", Member(answer, "access_token"));
        var ask = $"curl -s {Status} -H \"Authorization: Bearer $ACCESS_TOKEN\" $HOOP/api/userinfo";
        await stage.Run(ask, ["ci-pipeline", "HTTP 200"]);
        transcript.Say("Switched off, the very same token is worth nothing.");
        await stage.Run("hoop admin create serviceaccount ci-pipeline --disable", ["serviceaccount \"ci-pipeline\" updated"]);
        await stage.Run(ask, ["HTTP 401"]);
    }

    private async Task KeepEntities()
    {
        transcript.Chapter("5. Entities, the way Vault's clients know them");
        var created = await stage.Run(
            $$"""
            curl -s {{Status}} -X POST -H "X-Vault-Token: $TOKEN" \
              -d '{"metadata":{"organization":"hashicorp","team":"vault"},"policies":["eng-dev","infra-dev"]}' $HOOP/v1/identity/entity
            """,
            ["HTTP 200"]);
        stage.Let("ENTITY", Member(Member(created, "data"), "id"));
        transcript.Say("$ENTITY is the id of that answer.");
        await stage.Run(
            $"curl -s {Status} -H \"X-Vault-Token: $TOKEN\" $HOOP/v1/identity/entity/id/$ENTITY",
            ["\"policies\":[\"eng-dev\",\"infra-dev\"]", "HTTP 200"]);
        await stage.Run($"curl -s {Status} -X LIST -H \"X-Vault-Token: $TOKEN\" $HOOP/v1/identity/entity/id", ["\"keys\":[", "HTTP 200"]);
        await stage.Run($"curl -s {Status} -X DELETE -H \"X-Vault-Token: $TOKEN\" $HOOP/v1/identity/entity/id/$ENTITY", ["HTTP 204"]);
        await stage.Run($"curl -s {Status} -H \"X-Vault-Token: $TOKEN\" $HOOP/v1/identity/entity/id/$ENTITY", ["HTTP 404"]);
    }

    private async Task ReadAuditTrail()
    {
        transcript.Chapter("6. The audit trail");
        transcript.Say("Each change left a row, written in the transaction of the change. The last ones, a row a line:");
        await stage.Run(
            "curl -s -H \"Authorization: Bearer $TOKEN\" \"$HOOP/api/audit/logs?page_size=6\" | sed 's/},{/},\\n{/g'",
            ["\"resource_type\":\"entity\"", "\"resource_type\":\"service_account\""]);
    }

    private async Task StopEverything()
    {
        transcript.Chapter("7. The end");
        await stage.StopInOrder(_agent!, "AGENT");
        await stage.Run("hoop admin get agents", [Agent, "OFFLINE"]);
        var server = File.ReadLines(Path.Combine(stage.Folder, "gateway", "postgres", "postmaster.pid")).First();
        await stage.StopInOrder(_gateway!, "GATEWAY", () => IsAlive(server) ? "its PostgreSQL still runs" : null);
        transcript.Plain("(and its PostgreSQL with it)");
    }

    /// <summary>A dead process whose parent has not taken note of it yet (state Z in proc(5)) is dead.</summary>
    private static bool IsAlive(string process)
    {
        try
        {
            return File.ReadLines($"/proc/{process}/status").First(
                line => line.StartsWith("State:", StringComparison.Ordinal)) is not "State:\tZ (zombie)";
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>A member of the JSON object that begins a step's output, as text.</summary>
    private static string Member(string output, string name)
    {
        using var json = JsonDocument.Parse(output.Split('\n')[0]);
        var member = json.RootElement.GetProperty(name);
        return member.ValueKind == JsonValueKind.String ? member.GetString()! : member.GetRawText();
    }
}
