using System.Net.Http.Headers;
using Google.Apis.Http;
using Google.Apis.Requests;
using Google.Apis.Services;
using Newtonsoft.Json;

namespace Hoop.Federation.Minting;

/// <summary>
/// The one method of Google's IAM Service Account Credentials API v1 that is needed here, with the names of its discovery document: the
/// published client package is not among our sources, and Google's ready-made impersonation loses the reason of a refusal.
/// </summary>
internal sealed class IamCredentials(HttpClientFactory http, Uri endpoint) : BaseClientService(new Initializer
{
    ApplicationName = "hoop",
    BaseUri = endpoint.AbsoluteUri,
    GZipEnabled = false,
    HttpClientFactory = http,
    DefaultExponentialBackOffPolicy = ExponentialBackOffPolicy.None,
})
{
    public const string CloudPlatformScope = "https://www.googleapis.com/auth/cloud-platform";

    public override string Name => "iamcredentials";

    public override string BaseUri => BaseUriOverride;

    public override string BasePath => "";

    public override IList<string> Features => [];

    /// <summary><c>projects.serviceAccounts.generateAccessToken</c>; the project is always the wildcard that the API demands.</summary>
    public GenerateAccessTokenCall GenerateAccessToken(string principal, GenerateAccessTokenRequest body, string bearer) =>
        new(this, principal, body, bearer);

    internal sealed class GenerateAccessTokenCall : ClientServiceRequest<GenerateAccessTokenResponse>
    {
        private readonly GenerateAccessTokenRequest _body;

        public GenerateAccessTokenCall(IClientService service, string principal, GenerateAccessTokenRequest body, string bearer)
            : base(service)
        {
            _body = body;
            RestPath = $"v1/projects/-/serviceAccounts/{Uri.EscapeDataString(principal)}:generateAccessToken";
            AddExecuteInterceptor(new Bearer(bearer));
            InitParameters();
        }

        public override string MethodName => "generateAccessToken";

        public override string HttpMethod => "POST";

        public override string RestPath { get; }

        protected override object GetBody() => _body;

        private sealed class Bearer(string token) : IHttpExecuteInterceptor
        {
            public Task InterceptAsync(HttpRequestMessage request, CancellationToken cancellationToken)
            {
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
                return Task.CompletedTask;
            }
        }
    }
}

/// <param name="scope">At least one.</param>
/// <param name="lifetime">Seconds with an <c>s</c>: <c>3600s</c>.</param>
internal sealed class GenerateAccessTokenRequest(IReadOnlyList<string> scope, string lifetime)
{
    [JsonProperty("scope")]
    public IReadOnlyList<string> Scope { get; } = scope;

    [JsonProperty("lifetime")]
    public string Lifetime { get; } = lifetime;
}

internal sealed class GenerateAccessTokenResponse
{
    [JsonProperty("accessToken")]
    public string? AccessToken { get; set; }

    /// <summary>RFC 3339.</summary>
    [JsonProperty("expireTime")]
    public string? ExpireTime { get; set; }
}
