using System.Diagnostics;
using System.Globalization;
using Hoop.Testing;

namespace Hoop.EndToEnd.Tests.RealProviders;

/// <summary>A provider that runs in Node for as long as a test needs it.</summary>
internal sealed class NodeProvider : IAsyncDisposable
{
    public const string Audience = "https://hoop.test";
    public const string Client = "hoop-cli";

    private readonly Process _process;

    private NodeProvider(Process process, string issuer) => (_process, Issuer) = (process, issuer);

    public string Issuer { get; }

    /// <param name="script">In the folder <c>npm</c>.</param>
    /// <param name="accessTokenSeconds">How long its access tokens hold.</param>
    /// <param name="opaque">They are no JWTs.</param>
    public static async Task<NodeProvider> Start(string script, int accessTokenSeconds = 3600, bool opaque = false)
    {
        var start = NodePrograms.Script(await NodePrograms.Folder(), script);
        start.Environment["TEST_AUDIENCE"] = Audience;
        start.Environment["TEST_ACCESS_TOKEN_SECONDS"] = accessTokenSeconds.ToString(CultureInfo.InvariantCulture);
        if (opaque)
        {
            start.Environment["TEST_OPAQUE"] = "1";
        }

        var process = Process.Start(start)!;
        _ = process.StandardError.ReadToEndAsync();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (await process.StandardOutput.ReadLineAsync(limit.Token) is { } line)
        {
            if (line.StartsWith("listening ", StringComparison.Ordinal))
            {
                _ = process.StandardOutput.ReadToEndAsync();
                return new NodeProvider(process, line["listening ".Length..]);
            }
        }

        throw new InvalidOperationException($"{script} ended before it listened");
    }

    /// <summary>A gateway whose people sign in here.</summary>
    public Task<TestGateway> StartGateway(params (string Variable, string Value)[] settings)
    {
        var all = new Dictionary<string, string?>
        {
            ["HOOP_OIDC_ISSUER"] = Issuer,
            ["HOOP_OIDC_AUDIENCE"] = Audience,
            ["HOOP_OIDC_CLIENT_ID"] = Client,

            // OpenID Connect Core 1.0 section 11: without it a provider may leave offline_access out, and this one does.
            ["HOOP_OIDC_LOGIN_PARAMETERS"] = "prompt=consent",
        };
        foreach (var (variable, value) in settings)
        {
            all[variable] = value;
        }

        return TestGateway.Start(all);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }
}
