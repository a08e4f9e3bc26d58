using System.Globalization;
using System.Net;
using System.Text.Json;
using Hoop.Cli.Gateway;

namespace Hoop.Cli.SignIn;

/// <summary>
/// Device authorization (RFC 8628), for machines without a browser: the user opens an address on another one and types a code. Waits first
/// and then asks; when told to slow down it does so for good.
/// </summary>
/// <param name="post">The issuer; <see cref="Provider.Post"/>.</param>
/// <param name="clock">Tells the time and waits.</param>
internal sealed class DeviceFlow(
    SignInTerms terms,
    Func<Uri, IEnumerable<KeyValuePair<string, string?>>, CancellationToken, Task<ProviderAnswer>> post,
    TimeProvider clock)
{
    // An answer that comes a little too early costs five seconds for good.
    private static readonly TimeSpan Margin = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan UsualInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan SlowDown = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Slowest = TimeSpan.FromMinutes(2);

    /// <param name="show">Is told address, code, and the address that holds the code, if there is one.</param>
    public async Task<JsonElement> Run(
        Uri deviceEndpoint, Uri tokenEndpoint, string? clientSecret, Action<string, string, string?> show, CancellationToken stop)
    {
        var begun = await post(
            deviceEndpoint,
            [
                new("client_id", terms.ClientId),
                new("client_secret", clientSecret),
                new("scope", terms.Scope),
                .. terms.Parameters,
            ],
            stop);
        if (!begun.IsGood || begun.Body.Text("device_code") is not { } device || begun.Body.Text("user_code") is not { } code
            || (begun.Body.Text("verification_uri") ?? begun.Body.Text("verification_url")) is not { } address)
        {
            throw new CliFailure($"{terms.Issuer} does not begin a sign-in by device: {begun.Told}");
        }

        show(address, code, begun.Body.Text("verification_uri_complete"));
        var interval = Seconds(begun.Body, "interval") is { } told && told > TimeSpan.Zero ? told : UsualInterval;
        var ends = clock.GetUtcNow() + (Seconds(begun.Body, "expires_in") ?? TimeSpan.FromMinutes(15));
        while (clock.GetUtcNow() < ends)
        {
            await Task.Delay(interval + Margin, clock, stop);
            ProviderAnswer answer;
            try
            {
                answer = await post(
                    tokenEndpoint,
                    [
                        new("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
                        new("device_code", device),
                        new("client_id", terms.ClientId),
                        new("client_secret", clientSecret),
                    ],
                    stop);
            }
            catch (ProviderSilence)
            {
                // RFC 8628 section 3.5: whoever is not answered asks less often.
                interval = interval * 2 < Slowest ? interval * 2 : Slowest;
                continue;
            }

            switch (answer)
            {
                case { IsGood: true }:
                    IdTokenClaims.Check(answer.Body.Text("id_token"), terms, nonce: null);
                    return answer.Body;
                case { Error: "authorization_pending" }:
                    break;
                case { Error: "slow_down" }:
                    interval += SlowDown;
                    break;
                case { Error: "access_denied" }:
                    throw new CliFailure("the sign-in was refused on the other device; nothing was kept");
                case { Error: "expired_token" }:
                    throw Late();
                case { Status: HttpStatusCode.TooManyRequests } or { Error: null, Status: >= HttpStatusCode.InternalServerError }:
                    interval += SlowDown;
                    break;
                default:
                    throw new CliFailure($"{terms.Issuer} did not give a token: {answer.Told}");
            }
        }

        throw Late();
    }

    private static CliFailure Late() => new("nobody signed in before the code ran out. Run hoop login --device again for a new one");

    private static TimeSpan? Seconds(JsonElement body, string name) =>
        double.TryParse(body.Text(name), NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) && seconds is >= 0 and <= 86_400
            ? TimeSpan.FromSeconds(seconds)
            : null;
}
