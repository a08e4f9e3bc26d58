using System.Text;
using System.Text.Json;
using Hoop.Cli.Agent;
using Hoop.Testing;

namespace Hoop.EndToEnd.Tests.Agent;

/// <summary>An agent in this process, with delays short enough for a test, and its log.</summary>
internal sealed class RunningAgent : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Lines _log = new();
    private readonly Task<int> _running;

    public RunningAgent(TestGateway gateway, AgentCredential credential, Func<AgentOptions, AgentOptions>? change = null)
    {
        var options = new AgentOptions
        {
            Gateway = gateway.Address,
            Credential = credential,
            FirstDelay = TimeSpan.FromMilliseconds(20),
            LongestDelay = TimeSpan.FromMilliseconds(100),
            CredentialPoll = TimeSpan.FromMilliseconds(20),
        };
        var runner = new AgentRunner(change?.Invoke(options) ?? options, new AgentLog(_log, TimeProvider.System), TimeProvider.System);
        _running = Task.Run(() => runner.Run(_stop.Token));
    }

    public string Log => _log.ToString();

    public Task Says(string text) =>
        Eventually.True(() => Log.Contains(text, StringComparison.Ordinal), () => $"the agent did not say '{text}' but:\n{Log}");

    /// <summary>By itself.</summary>
    public Task<int> Ended() => _running.WaitAsync(TimeSpan.FromSeconds(30));

    public async Task<int> Stop()
    {
        await _stop.CancelAsync();
        return await _running.WaitAsync(TimeSpan.FromMinutes(1));
    }

    public async ValueTask DisposeAsync()
    {
        await Stop();
        _stop.Dispose();
    }

    /// <summary>Something of the shape of a JWT-SVID; the test gateway believes everything.</summary>
    public static string Svid(string subject, DateTimeOffset? expiresAt = null)
    {
        var claims = JsonSerializer.Serialize(
            new { sub = subject, exp = (expiresAt ?? DateTimeOffset.UtcNow.AddHours(1)).ToUnixTimeSeconds() });
        return $"{Part("""{"alg":"ES256"}""")}.{Part(claims)}.{Part("signature")}";

        static string Part(string text) => System.Buffers.Text.Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));
    }

    /// <summary>A writer that may be read while it is written to.</summary>
    private sealed class Lines : TextWriter
    {
        private readonly StringBuilder _text = new();

        public override Encoding Encoding => Encoding.UTF8;

        public override void Write(char value)
        {
            lock (_text)
            {
                _text.Append(value);
            }
        }

        public override string ToString()
        {
            lock (_text)
            {
                return _text.ToString();
            }
        }
    }
}
