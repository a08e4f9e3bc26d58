using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Hoop.StandIns;

/// <summary>
/// Stand-in for two Google services, after their public documentation: the OAuth 2.0 token endpoint for service account keys, and
/// <c>generateAccessToken</c> of the IAM Service Account Credentials API. Hands out its own admin keys. For use from many threads.
/// </summary>
/// <remarks>Delegates are checked for their form only: every grant counts as direct.</remarks>
public sealed partial class GoogleStandIn : IAsyncDisposable
{
    private const string AnyAdmin = "*";

    private readonly ConcurrentDictionary<string, (string Account, SigningKey Key)> _adminKeys = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Principal, string Admin), bool> _grants = new();
    private readonly ConcurrentDictionary<string, bool> _extended = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, GoogleToken> _tokens = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, FaultPlan> _faults = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<GoogleCall> _calls = new();
    private readonly ConcurrentQueue<string> _targets = new();
    private readonly TimeProvider _clock;
    private FaultPlan _everyone = FaultPlan.None;
    private FaultPlan _tokenEndpoint = FaultPlan.None;
    private LoopbackServer? _server;
    private int _tokenRequests;
    private int _inFlight;
    private int _mostInFlight;

    private GoogleStandIn(TimeProvider clock) => _clock = clock;

    /// <summary>Base address for the IAM Credentials API, without a final slash.</summary>
    public string Address => _server!.Address;

    /// <summary>Where the token endpoint answers.</summary>
    public string TokenUri => Address + "/token";

    /// <summary>
    /// The <c>aud</c> values that an assertion may name. Google's own .NET library names Google's address whatever <c>token_uri</c> says,
    /// other clients name <see cref="TokenUri"/>; both are good unless this is set.
    /// </summary>
    public IReadOnlyList<string> Audiences { get; set; } = [];

    /// <summary>
    /// The <c>token_uri</c> in key files handed out from now on; <see cref="TokenUri"/> unless set. For tests of pinned token URIs.
    /// </summary>
    public string? AdvertisedTokenUri { get; set; }

    /// <summary>The <c>Retry-After</c> header of a 429.</summary>
    public TimeSpan RetryAfter { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Writes <c>Retry-After</c> as a date (RFC 9110 section 10.2.3) and not as seconds.</summary>
    public bool RetryAfterIsDate { get; set; }

    /// <summary>A 503 has the header too.</summary>
    public bool RetryAfterOnUnavailable { get; set; }

    public int RedirectStatus { get; set; } = 302;

    /// <summary>The <c>Location</c> of <see cref="GoogleFault.Redirect"/>.</summary>
    public string RedirectTarget { get; set; } = "";

    /// <summary>How long each answer of <c>generateAccessToken</c> takes at least.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>Between two bytes of <see cref="GoogleFault.SlowBody"/>.</summary>
    public TimeSpan DripPause { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>Every access token that was ever issued, of admins too: what must be found nowhere.</summary>
    public IReadOnlyList<string> Tokens => [.. _tokens.Keys];

    /// <summary>Calls of <c>generateAccessToken</c> in order of their answers.</summary>
    public IReadOnlyList<GoogleCall> Calls => [.. _calls];

    /// <summary>Every request target as it came over the wire, whatever the path.</summary>
    public IReadOnlyList<string> Targets => [.. _targets];

    /// <summary>Requests to the token endpoint.</summary>
    public int TokenRequests => Volatile.Read(ref _tokenRequests);

    /// <summary>The most <c>generateAccessToken</c> calls that were open at one time.</summary>
    public int MostInFlight => Volatile.Read(ref _mostInFlight);

    /// <param name="clock">Dates tokens; the system's when absent.</param>
    /// <param name="port">0 lets the system choose.</param>
    public static async Task<GoogleStandIn> Start(TimeProvider? clock = null, int port = 0)
    {
        var google = new GoogleStandIn(clock ?? TimeProvider.System);
        google._server = await LoopbackServer.Start(google.Map, port);
        google.Audiences = ["https://oauth2.googleapis.com/token", google.TokenUri];
        return google;
    }

    /// <summary>
    /// A key file of type <c>service_account</c> for <paramref name="name"/> in <paramref name="projectId"/>, as the console downloads it.
    /// A second call with the same names makes a second key of the same account.
    /// </summary>
    public string CreateAdminCredentials(string projectId, string name)
    {
        var account = $"{name}@{projectId}.iam.gserviceaccount.com";
        var key = SigningKey.Create("RS256", Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(20)));
        _adminKeys[key.KeyId] = (account, key);
        return new JsonObject
        {
            ["type"] = "service_account",
            ["project_id"] = projectId,
            ["private_key_id"] = key.KeyId,
            ["private_key"] = key.PrivatePem() + "\n",
            ["client_email"] = account,
            ["client_id"] = RandomNumberGenerator.GetString("0123456789", 21),
            ["auth_uri"] = "https://accounts.google.com/o/oauth2/auth",
            ["token_uri"] = AdvertisedTokenUri ?? TokenUri,
            ["universe_domain"] = "googleapis.com",
        }.ToJsonString(new JsonSerializerOptions { WriteIndented = true });
    }

    /// <summary>Deletes every key of the account: new assertions are refused, tokens already issued live on, as at Google.</summary>
    public void DeleteAdminKeys(string account)
    {
        foreach (var (keyId, entry) in _adminKeys)
        {
            if (entry.Account == account)
            {
                _adminKeys.TryRemove(keyId, out _);
            }
        }
    }

    /// <summary>Role Service Account Token Creator on <paramref name="principal"/>, for one admin account or for all.</summary>
    public void Grant(string principal, string? admin = null) => _grants[(principal, admin ?? AnyAdmin)] = true;

    public void Revoke(string principal, string? admin = null) => _grants.TryRemove((principal, admin ?? AnyAdmin), out _);

    /// <summary>Allows lifetimes up to 43,200 s (constraints/iam.allowServiceAccountCredentialLifetimeExtension).</summary>
    public void AllowLifetimeExtension(string principal) => _extended[principal] = true;

    /// <summary>
    /// Lets the next <paramref name="times"/> calls for any principal fail; with <see cref="GoogleFault.None"/> all is well again.
    /// </summary>
    public void FailEveryone(GoogleFault fault, int times = int.MaxValue) => _everyone = new FaultPlan(fault, times);

    /// <summary>The same for one principal.</summary>
    public void Fail(string principal, GoogleFault fault, int times = int.MaxValue) => _faults[principal] = new FaultPlan(fault, times);

    /// <summary>The same for the token endpoint. <see cref="GoogleFault.CredentialsRejected"/> is <c>invalid_grant</c>.</summary>
    public void FailTokenEndpoint(GoogleFault fault, int times = int.MaxValue) => _tokenEndpoint = new FaultPlan(fault, times);

    /// <summary>
    /// The account that an access token acts as, or null for a token that was never issued. Expired tokens still have an owner.
    /// </summary>
    public string? Owner(string accessToken) => Find(accessToken)?.Principal;

    /// <summary>All about an access token, or null for one that was never issued.</summary>
    public GoogleToken? Find(string accessToken) => _tokens.GetValueOrDefault(accessToken);

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        Pool.Dispose();
        foreach (var (_, key) in _adminKeys.Values)
        {
            key.Dispose();
        }
    }
}
