using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Hoop.StandIns;

/// <content>What goes over the wire.</content>
public sealed partial class GoogleStandIn
{
    private const string CloudPlatform = "https://www.googleapis.com/auth/cloud-platform";
    private const string IamScope = "https://www.googleapis.com/auth/iam";
    private const string Verb = ":generateAccessToken";
    private const string Compressed = "compressed";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    private void Map(LoopbackServer _, WebApplication application)
    {
        application.Use((context, next) =>
        {
            _targets.Enqueue(RawTarget(context));
            if (context.Request.Headers.ContentEncoding.Count > 0)
            {
                context.Items[Compressed] = true;
            }

            return next(context);
        });
        application.UseRequestDecompression();
        application.MapPost("/token", Token);
        application.MapPost("/v1/token", Sts);
        application.MapGet("/tokeninfo", TokenInfo);
        application.MapPost("/v1/projects/{project}/serviceAccounts/{account}", Generate);
    }

    private async Task Token(HttpContext context)
    {
        Interlocked.Increment(ref _tokenRequests);
        var fault = _tokenEndpoint.Take();
        if (fault is not (GoogleFault.None or GoogleFault.SlowBody))
        {
            await (fault switch
            {
                GoogleFault.CredentialsRejected => GoogleAnswers.RefuseGrant(context, "invalid_grant", "Invalid JWT Signature."),
                GoogleFault.CutBody =>
                    LoopbackServer.Cut(
                        context, "{\"access_token\":\"ya29.cut\",\"expires_in\":3599,\"token_type\":\"Bearer\"}"u8.ToArray()),
                _ => Break(context, fault, "", ""),
            });
            return;
        }

        var form = context.Request.HasFormContentType ? await context.Request.ReadFormAsync(context.RequestAborted) : FormCollection.Empty;
        if (form["grant_type"] != "urn:ietf:params:oauth:grant-type:jwt-bearer")
        {
            await GoogleAnswers.RefuseGrant(context, "unsupported_grant_type", "Invalid grant_type: " + form["grant_type"]);
            return;
        }

        var refusal = GoogleAssertions.Check(
            form["assertion"].ToString(), KeysOf, Audiences, _clock.GetUtcNow(), out var account, out var scopes);
        if (refusal is not null)
        {
            await GoogleAnswers.RefuseGrant(context, "invalid_grant", refusal);
        }
        else if (scopes.Length == 0)
        {
            await GoogleAnswers.RefuseGrant(context, "invalid_scope", "Invalid OAuth scope or ID token audience provided.");
        }
        else
        {
            var token = Issue(new GoogleToken(account, null, scopes, _clock.GetUtcNow().AddSeconds(3599)));
            await Send(
                context, new JsonObject { ["access_token"] = token, ["expires_in"] = 3599, ["token_type"] = "Bearer" }, fault);
        }
    }

    /// <summary>The public token information endpoint: lets a demonstration show whose token it holds.</summary>
    private Task TokenInfo(HttpContext context)
    {
        var token = Find(context.Request.Query["access_token"].ToString());
        var left = token is null ? 0 : (long)(token.ExpiresAt - _clock.GetUtcNow()).TotalSeconds;
        return left <= 0
            ? GoogleAnswers.Write(context, 400, new JsonObject { ["error"] = "invalid_token", ["error_description"] = "Invalid Value" })
            : GoogleAnswers.Write(context, 200, new JsonObject
            {
                ["scope"] = string.Join(' ', token!.Scopes),
                ["exp"] = token.ExpiresAt.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
                ["expires_in"] = left.ToString(CultureInfo.InvariantCulture),
                ["email"] = token.Principal,
                ["email_verified"] = "true",
            });
    }

    private async Task Generate(HttpContext context)
    {
        var open = Interlocked.Increment(ref _inFlight);
        for (var most = MostInFlight; open > most; most = MostInFlight)
        {
            Interlocked.CompareExchange(ref _mostInFlight, open, most);
        }

        var account = (string)context.Request.RouteValues["account"]!;
        var principal = account.EndsWith(Verb, StringComparison.Ordinal) ? account[..^Verb.Length] : "";
        var admin = Bearer(context);
        GenerateBody? body = null;
        try
        {
            body = await Read(context);
            await _server!.Wait(context, Delay);
            await Answer(context, principal, admin, body);
        }
        finally
        {
            Interlocked.Decrement(ref _inFlight);
            _calls.Enqueue(new GoogleCall(
                RawTarget(context), principal, admin?.Principal, body?.Scope ?? [], body?.Lifetime, body?.Delegates ?? [],
                context.Items.ContainsKey(Compressed), context.RequestAborted.IsCancellationRequested ? 0 : context.Response.StatusCode));
        }
    }

    private Task Answer(HttpContext context, string principal, GoogleToken? admin, GenerateBody? body)
    {
        var fault = _everyone.Take() is var global and not GoogleFault.None
            ? global
            : _faults.GetValueOrDefault(principal, FaultPlan.None).Take();
        if (principal.Length == 0)
        {
            context.Response.StatusCode = 404;
            return Task.CompletedTask;
        }

        if (admin is null)
        {
            return GoogleAnswers.Unauthenticated(context, "ACCESS_TOKEN_TYPE_UNSUPPORTED");
        }

        if (fault is not GoogleFault.None
            and not (GoogleFault.CutBody or GoogleFault.SlowBody or GoogleFault.EmptyObject or >= GoogleFault.MissingExpireTime))
        {
            return Break(context, fault, principal, admin.Principal);
        }

        if (!admin.Scopes.Contains(CloudPlatform) && !admin.Scopes.Contains(IamScope))
        {
            return GoogleAnswers.ScopeInsufficient(context);
        }

        if ((string)context.Request.RouteValues["project"]! != "-")
        {
            return GoogleAnswers.InvalidArgument(context, "name", "The project must be the wildcard -.");
        }

        if (body?.Scope is not { Count: > 0 })
        {
            return GoogleAnswers.InvalidArgument(context, "scope", "At least one scope is required.");
        }

        if (!(body.Delegates ?? []).All(DelegateName().IsMatch))
        {
            return GoogleAnswers.InvalidArgument(context, "delegates", "A delegate is named projects/-/serviceAccounts/ACCOUNT.");
        }

        if (!TryLifetime(body.Lifetime, out var lifetime)
            || lifetime > TimeSpan.FromSeconds(_extended.ContainsKey(principal) ? 43200 : 3600))
        {
            return GoogleAnswers.InvalidArgument(context, "lifetime", "The lifetime is no duration, or longer than the account allows.");
        }

        return _grants.ContainsKey((principal, AnyAdmin)) || _grants.ContainsKey((principal, admin.Principal))
            ? Mint(context, principal, admin.Principal, body.Scope, lifetime, fault)
            : GoogleAnswers.PermissionDenied(context);
    }

    private Task Mint(
        HttpContext context, string principal, string admin, IReadOnlyList<string> scopes, TimeSpan lifetime, GoogleFault fault)
    {
        var expires = _clock.GetUtcNow().Add(lifetime);
        var answer =
            new JsonObject
            {
                ["accessToken"] = Issue(new GoogleToken(principal, admin, scopes, expires)),
                ["expireTime"] = Rfc3339(expires)
            };
        switch (fault)
        {
            case GoogleFault.CutBody:
                return LoopbackServer.Cut(context, Encoding.UTF8.GetBytes(answer.ToJsonString()));
            case GoogleFault.EmptyObject:
                answer = [];
                break;
            case GoogleFault.MissingExpireTime:
                answer.Remove("expireTime");
                break;
            case GoogleFault.GarbageExpireTime:
                answer["expireTime"] = "soon";
                break;
            case GoogleFault.PastExpireTime:
                answer["expireTime"] = Rfc3339(_clock.GetUtcNow().AddHours(-1));
                break;
            case GoogleFault.LateExpireTime:
                answer["expireTime"] = Rfc3339(expires.AddHours(1));
                break;
        }

        return Send(context, answer, fault);
    }

    /// <summary>A good answer, byte by byte when it shall be slow.</summary>
    private Task Send(HttpContext context, JsonObject answer, GoogleFault fault) => fault == GoogleFault.SlowBody
        ? _server!.Drip(context, Encoding.UTF8.GetBytes(answer.ToJsonString()), DripPause)
        : GoogleAnswers.Write(context, 200, answer);

    /// <summary>Spoils the answer of either endpoint.</summary>
    private Task Break(HttpContext context, GoogleFault fault, string principal, string admin) => fault switch
    {
        GoogleFault.CredentialsRejected => GoogleAnswers.Unauthenticated(context, "ACCESS_TOKEN_EXPIRED"),
        GoogleFault.PermissionDenied => GoogleAnswers.PermissionDenied(context),
        GoogleFault.PermissionDeniedWithoutDetails => GoogleAnswers.PermissionDeniedWithoutDetails(context),
        GoogleFault.OtherPermissionDenied => GoogleAnswers.OtherPermissionDenied(context),
        GoogleFault.PerimeterViolation => GoogleAnswers.PerimeterViolation(context),
        GoogleFault.SecurityPolicyViolated => GoogleAnswers.SecurityPolicyViolated(context),
        GoogleFault.ServiceDisabled => GoogleAnswers.ServiceDisabled(context, admin.Split('@', '.').ElementAtOrDefault(1) ?? ""),
        GoogleFault.NotFound => GoogleAnswers.NotFound(context, principal),
        GoogleFault.InvalidArgument => GoogleAnswers.InvalidArgument(context, "name", "Invalid form of account ID " + principal),
        GoogleFault.RateLimited => GoogleAnswers.RateLimited(WithRetryAfter(context)),
        GoogleFault.InternalError => GoogleAnswers.InternalError(context),
        GoogleFault.BadGatewayHtml => GoogleAnswers.Html(context, 502, "Error 502 (Server Error)!!1", "Please try again in 30 seconds."),
        GoogleFault.Unavailable => GoogleAnswers.Unavailable(RetryAfterOnUnavailable ? WithRetryAfter(context) : context),
        GoogleFault.GatewayTimeout => GoogleAnswers.GatewayTimeout(context),
        GoogleFault.InternalFailure => GoogleAnswers.RefuseGrant(context, "internal_failure", "Backend Error"),
        GoogleFault.Redirect => Redirect(context),
        GoogleFault.ForbiddenHtml =>
            GoogleAnswers.Html(context, 403, "Access denied", "This address is not on the list of the egress proxy."),
        GoogleFault.NotFoundHtml =>
            GoogleAnswers.Html(context, 404, "Error 404 (Not Found)!!1", "The requested URL was not found on this server."),
        GoogleFault.ProxyAuthentication => GoogleAnswers.Plain(context, 407, null, ""),
        GoogleFault.Hang => _server!.Hang(context),
        GoogleFault.Down => Cut(context),
        _ => GoogleAnswers.Plain(context, 200, fault == GoogleFault.HtmlPage ? "text/html" : "application/json; charset=UTF-8", Odd(fault)),
    };

    /// <summary>Bodies with status 200 that are no good answer of either endpoint.</summary>
    private string Odd(GoogleFault fault)
    {
        var good = Issue(new GoogleToken("nobody@stand-in.test", null, [CloudPlatform], _clock.GetUtcNow().AddHours(1)));
        return fault switch
        {
            GoogleFault.HtmlPage => "<html><title>Welcome to the hotel network</title></html>",
            GoogleFault.JsonNull => "null",
            GoogleFault.JsonList => "[]",
            GoogleFault.CutJson => $$"""{"access_token":"{{good}}","expires_in":3599,"token_type":"Be""",
            GoogleFault.EmptyBody => "",
            GoogleFault.EmptyObject => "{}",
            GoogleFault.RepeatedMember =>
                $$"""{"access_token":"x","accessToken":"x","access_token":"{{good}}","accessToken":"{{good}}","expireTime":"2999-01-01T00:00:00Z"}""",
            GoogleFault.GarbageToken =>
                """{"access_token":"two words\r\n","accessToken":"two words\r\n","expires_in":3599,"token_type":"Bearer","expireTime":"2999-01-01T00:00:00Z"}""",
            GoogleFault.IdTokenOnly => """{"id_token":"eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"}""",
            GoogleFault.GarbageIdToken => $$"""{"access_token":"{{good}}","id_token":"x","expires_in":3599,"token_type":"Bearer"}""",
            _ => throw new InvalidOperationException($"{fault} has no meaning at this endpoint."),
        };
    }

    private Task Redirect(HttpContext context)
    {
        context.Response.StatusCode = RedirectStatus;
        context.Response.Headers.Location = RedirectTarget;
        return Task.CompletedTask;
    }

    private static Task Cut(HttpContext context)
    {
        context.Abort();
        return Task.CompletedTask;
    }

    private HttpContext WithRetryAfter(HttpContext context)
    {
        context.Response.Headers.RetryAfter = RetryAfterIsDate
            ? (_clock.GetUtcNow() + RetryAfter).ToString("R", CultureInfo.InvariantCulture)
            : ((int)Math.Ceiling(RetryAfter.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        return context;
    }

    private IReadOnlyList<SigningKey> KeysOf(string account, string? keyId) =>
        [.. _adminKeys.Where(entry => entry.Value.Account == account
            && (keyId is null || entry.Key == keyId)).Select(entry => entry.Value.Key)];

    private string Issue(GoogleToken token)
    {
        var text = "ya29.c." + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(96));
        _tokens[text] = token;
        return text;
    }

    /// <summary>The live token of the Authorization header, or null.</summary>
    private GoogleToken? Bearer(HttpContext context)
    {
        var header = context.Request.Headers.Authorization.ToString();
        var token = header.StartsWith("Bearer ", StringComparison.Ordinal) ? Find(header["Bearer ".Length..]) : null;
        return token?.ExpiresAt > _clock.GetUtcNow() ? token : null;
    }

    private static async Task<GenerateBody?> Read(HttpContext context)
    {
        try
        {
            return await JsonSerializer.DeserializeAsync<GenerateBody>(context.Request.Body, Json, context.RequestAborted);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>A protobuf duration as JSON: seconds with up to nine fraction digits and an <c>s</c>. Absent means an hour.</summary>
    private static bool TryLifetime(string? text, out TimeSpan lifetime)
    {
        lifetime = TimeSpan.FromHours(1);
        if (text is null)
        {
            return true;
        }

        if (!Duration().IsMatch(text))
        {
            return false;
        }

        lifetime = TimeSpan.FromTicks(
            (long)(decimal.Parse(text.AsSpan(0, text.Length - 1), CultureInfo.InvariantCulture) * TimeSpan.TicksPerSecond));
        return lifetime > TimeSpan.Zero;
    }

    private static string Rfc3339(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static string RawTarget(HttpContext context) => context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;

    [GeneratedRegex(@"^[0-9]{1,6}(\.[0-9]{1,9})?s\z", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Duration();

    [GeneratedRegex(@"^projects/-/serviceAccounts/[^/]+\z", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex DelegateName();

    private sealed record GenerateBody(IReadOnlyList<string>? Scope, string? Lifetime, IReadOnlyList<string>? Delegates);
}
