using System.Text;
using Hoop.Federation.Minting;
using Hoop.Federation.Principals;
using Hoop.StandIns;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;

namespace Hoop.Federation.Tests.Minting;

/// <summary>A mint whose Google is the stand-in, made anew for each test.</summary>
public abstract class MintFixture
{
    protected const string Project = "my-proj";
    protected static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    protected GoogleStandIn Google { get; private set; } = null!;

    private protected FederationOptions Options { get; private set; } = null!;

    private protected TokenMint Mint { get; private set; } = null!;

    private protected AdminCredentials Admin { get; private set; } = null!;

    private protected CloudPrincipal Alice { get; private set; } = null!;

    [SetUp]
    public async Task StartGoogle()
    {
        Google = await GoogleStandIn.Start();
        Options = new FederationOptions(new Uri(Google.Address + "/"), [Google.TokenUri]);
        Mint = MintWith(Options);
        Admin = AdminCredentials.Parse(
            Encoding.UTF8.GetBytes(Google.CreateAdminCredentials(Project, "hoop-admin")), Options).Value;
        Alice = PrincipalOf("alice");
        Google.Grant(Alice.Email);
    }

    [TearDown]
    public async Task StopGoogle()
    {
        Mint.Dispose();
        await Google.DisposeAsync();
    }

    private protected static TokenMint MintWith(FederationOptions options, ILogger<TokenMint>? logger = null) =>
        new(options, new NoGatewayTokens(), TimeProvider.System, logger ?? NullLogger<TokenMint>.Instance);

    private protected static MintSource Source() => new(Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid());

    private protected static CloudPrincipal PrincipalOf(string id) =>
        CloudPrincipal.Parse($"{id}@{Project}.iam.gserviceaccount.com", [Project]).Value;

    /// <summary>A dry run's token for Alice.</summary>
    private protected async Task<Hoop.Shared.Results.Error?> Refusal() =>
        (await Mint.MintOnce(Admin, Alice, Hour, CancellationToken.None)).Error;

    /// <summary>For administrators with keys, who need none.</summary>
    private sealed class NoGatewayTokens : IGatewayTokens
    {
        public Task<Hoop.Shared.Results.Result<GatewayToken>> Mint(
            Guid orgId, string subject, string audience, TimeSpan lifetime, CancellationToken cancellationToken,
            IReadOnlyDictionary<string, System.Text.Json.JsonElement>? claims = null) =>
            throw new InvalidOperationException("no identity token is needed here");
    }

    private protected int CallsToMint => Google.Targets.Count(target => target.Contains("generateAccessToken", StringComparison.Ordinal));
}
