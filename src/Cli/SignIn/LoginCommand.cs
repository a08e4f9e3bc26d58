using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Configuration;
using Hoop.Cli.Gateway;
using Hoop.Cli.Output;
using Hoop.Client;

namespace Hoop.Cli.SignIn;

/// <summary>
/// <c>hoop login</c>: a person signs in at the organization's identity provider, by a browser on this machine or by another device, and is
/// made known to the gateway. What is kept stands in a file of its own for each gateway.
/// </summary>
internal static class LoginCommand
{
    private const string UsualRedirect = "http://127.0.0.1:3587/callback";

    public static Command Command()
    {
        var device = new Option<bool>("--device") { Description = "Sign in on another device: prints an address and a code" };
        var noBrowser = new Option<bool>("--no-browser") { Description = "Print the address and open nothing" };
        var redirect = new Option<string>("--redirect-uri")
        {
            Description = "The redirect as it is registered at the provider",
            HelpName = "URI",
            DefaultValueFactory = _ => UsualRedirect,
        };
        var wait = new Option<int>("--wait")
        {
            Description = "How many seconds to wait for the browser",
            HelpName = "SECONDS",
            DefaultValueFactory = _ => 180,
        };
        var secretFile = new Option<string?>("--client-secret-file")
        {
            Description = "The client's secret, for providers that give one to programs like this (Google)",
            HelpName = "FILE",
        };
        var tokenFile = new Option<string?>("--token-file")
        {
            Description = "Keep this ready-made token; - is standard input",
            HelpName = "FILE",
        };
        var organization = new Option<string?>("--org")
        {
            Description = "The organization to sign in to, where it has an identity provider of its own",
            HelpName = "NAME",
        };
        return new Verb("login", "Sign in at your organization's identity provider")
        {
            organization, device, noBrowser, redirect, wait, secretFile, tokenFile, Call.Timeout, Call.Output,
        }.With("""
            hoop login
            hoop login --org acme --device
            hoop login --redirect-uri http://localhost:3587/callback
            HOOP_APIURL=https://hoop.example.com hoop login --token-file token
            """).For("POST /api/signin", "GET /api/publicserverinfo").Does(async call =>
        {
            var session = call.Session;
            if (call.Value(tokenFile) is { } given)
            {
                await Keep(call, session, InputFile.Token("--token-file", given));
                return;
            }

            var named = call.Value(organization);
            var told = await call.Api.Do(hoop => hoop.Server.GetPublicInfo(named, call.Stop));
            var terms = SignInTerms.Of(told.Object, call.Settings.ApiUrl, named);
            var provider = await Provider.Discover(terms.Issuer, call.Stop);
            var tokenEndpoint = provider.Endpoint("token_endpoint", "tokens");
            var secret = call.Value(secretFile) is { } file ? InputFile.Token("--client-secret-file", file) : null;
            if (!call.Value(device) && !call.Value(noBrowser) && !Browser.HasUser)
            {
                throw new CliFailure(
                    "there is no terminal, so no browser is opened. Run: hoop login --device, or hoop login --no-browser and open the address that it prints");
            }

            // Sign-ins at once would fight for the port and for the user's attention: the second finds what the first one got.
            var before = session.ReadOrBroken(call.Warning)?.AccessToken;
            using (await session.Lock(
                TimeSpan.FromSeconds(call.Value(wait) + 30), () => call.Note("another sign-in is under way; waiting for it"), call.Stop))
            {
                var now = TimeProvider.System.GetUtcNow();
                if (session.ReadOrBroken(_ => { }) is { } since && since.AccessToken != before && !since.IsDue(now))
                {
                    call.Line("Login succeeded (in another command)");
                    return;
                }

                var tokens = call.Value(device)
                    ? await ByDevice(call, terms, provider, tokenEndpoint, secret)
                    : await ByBrowser(
                        call, terms, provider, tokenEndpoint, secret, call.Value(redirect)!, call.Value(wait), !call.Value(noBrowser));
                await Finish(call, session, terms, provider, tokenEndpoint, secret, tokens);
            }
        });
    }

    private static async Task<JsonElement> ByBrowser(
        Call call, SignInTerms terms, Provider provider, Uri tokenEndpoint, string? secret, string redirect, int wait, bool opens)
    {
        using var listener = LoopbackListener.Start(redirect);
        var flow = new CodeFlow(terms, listener.Redirect);
        var address = flow.Address(provider.Endpoint("authorization_endpoint", "sign-in by browser"));
        call.Note($"sign in here: {address.AbsoluteUri}");
        if (opens)
        {
            Browser.Open(address);
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(call.Stop);
        limit.CancelAfter(TimeSpan.FromSeconds(wait));
        Callback callback;
        try
        {
            callback = await listener.Wait(flow.State, limit.Token);
        }
        catch (OperationCanceledException) when (!call.Stop.IsCancellationRequested)
        {
            throw new CliFailure(string.Create(
                CultureInfo.InvariantCulture,
                $"no browser came back to {listener.Redirect} within {wait} s. When the browser runs elsewhere, run: hoop login --device"));
        }

        // RFC 9207: an answer of another issuer must not be shown to this one.
        if ((callback.Issuer is not null || provider.NamesItself) && callback.Issuer != terms.Issuer)
        {
            throw new CliFailure($"the answer is of another issuer, {Printable.Quoted(callback.Issuer)}; nothing was kept");
        }

        return callback.Code is { } code
            ? await flow.Exchange(tokenEndpoint, code, secret, call.Stop)
            : throw new CliFailure($"{terms.Issuer} refused the sign-in: {Printable.Text(callback.Error)} {Printable.Text(callback.Description)}".TrimEnd());
    }

    private static Task<JsonElement> ByDevice(Call call, SignInTerms terms, Provider provider, Uri tokenEndpoint, string? secret) =>
        new DeviceFlow(terms, Provider.Post, TimeProvider.System).Run(
            provider.Endpoint("device_authorization_endpoint", "sign-in by another device"),
            tokenEndpoint,
            secret,
            (address, code, whole) =>
            {
                call.Note($"on any device, open {address} and type the code {code}");
                if (whole is not null)
                {
                    call.Note($"or open {whole}");
                }
            },
            call.Stop);

    private static async Task Finish(
        Call call, SessionFile file, SignInTerms terms, Provider provider, Uri tokenEndpoint, string? secret, JsonElement tokens)
    {
        var idToken = tokens.Text("id_token");
        var answer = await call.Api.Try(hoop => hoop.Server.SignIn(new SignInBody(idToken), call.Stop));
        if (!answer.IsGood)
        {
            var subject = Printable.Quoted(IdTokenClaims.SubjectOf(idToken));
            throw answer.Status == System.Net.HttpStatusCode.Unauthorized
                ? new CliFailure(terms.OnlyInvited
                    ? $"the gateway lets in the invited alone, or your account there is inactive. Ask an admin to run: hoop admin create user {subject}"
                    : $"the gateway did not accept the sign-in of {subject}: the account there may be inactive. Ask an admin; the gateway's log has the reason")
                : Gateway.Refusal.Of(answer);
        }

        var session = new Gateway.Session("", ExpiresAt: null, RefreshToken: null).With(tokens, TimeProvider.System.GetUtcNow()) with
        {
            Issuer = terms.Issuer,
            ClientId = terms.ClientId,
            ClientSecret = secret,
            TokenEndpoint = tokenEndpoint,
            RevocationEndpoint = provider.Optional("revocation_endpoint"),
        };
        if (!await call.Api.Takes(session.AccessToken, call.Stop))
        {
            // The issuer's access tokens are for an API of its own (Google), or for another one.
            var own = await call.Api.Try(hoop => hoop.Server.SignIn(new SignInBody(idToken, Token: true), call.Stop));
            session = session.WithOwn(own.OrFail().Object);
        }

        file.Write(session);
        var person = answer.Object;
        foreach (var warning in person.Texts("warnings"))
        {
            call.Warning(warning);
        }

        if (call.Json)
        {
            call.Raw(answer.Text);
        }
        else
        {
            call.Line("Login succeeded");
            call.Line($"{Name(person)} at {call.Settings.ApiUrl.AbsoluteUri.TrimEnd('/')}");
        }

        if (!session.CanRefresh)
        {
            call.Note(
                "the provider gave no refresh token: this sign-in ends with its access token. The gateway's operator may need "
                    + "HOOP_OIDC_LOGIN_PARAMETERS=prompt=consent");
        }

        if (call.Settings is { Token: not null, TokenSource: "HOOP_TOKEN" })
        {
            call.Warning("HOOP_TOKEN is set and wins over this sign-in; unset it to act as yourself");
        }
    }

    private static string Name(JsonElement person) =>
        new[] { person.Text("email"), person.Text("name"), person.Text("subject") }.First(text => !string.IsNullOrEmpty(text))!;

    /// <summary>A token that somebody else got. A person's registers the person; for any other there is nothing to say.</summary>
    private static async Task Keep(Call call, SessionFile file, string token)
    {
        await call.Api.Try(hoop => hoop.Server.SignIn(new SignInBody(AccessToken: token), call.Stop));
        // Tried before it takes the place of what is there.
        var answer = (await call.Api.WhoIs(token, call.Stop)).OrFail();
        file.Write(new Gateway.Session(token, TokenFacts.ExpiryOf(token), RefreshToken: null));
        if (call.Json)
        {
            call.Raw(answer.Text);
            return;
        }

        call.Line("Login succeeded");
        call.Line($"{answer.Object.Text("name")} at {call.Settings.ApiUrl.AbsoluteUri.TrimEnd('/')}");
    }
}
