using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Hoop.StandIns;

/// <summary>What goes wrong at AWS.</summary>
public enum AwsFault
{
    None,
    Throttled,
    InternalHtml,
    CutXml,
    NoCredentials,
    LateExpiry,
    Redirect,
    ForbiddenHtml,
    KeysUnreachable,
}

/// <summary>
/// Stand-in for AWS STS after its API reference: AssumeRoleWithWebIdentity, with the identity token really verified, and
/// GetCallerIdentity, which tells whose credentials signed. For use from many threads.
/// </summary>
public sealed partial class AwsStandIn : IAsyncDisposable
{
    private const string Namespace = "https://sts.amazonaws.com/doc/2011-06-15/";

    private readonly ConcurrentDictionary<string, string> _sessions = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _roles = new(StringComparer.Ordinal);
    private LoopbackServer? _server;
    private AwsFault _fault;
    private int _times;
    private int _calls;

    public string Address => _server!.Address;

    /// <summary>The identity provider in IAM.</summary>
    public OidcRelyingParty Provider { get; } = new();

    public string Audience { get; set; } = "sts.amazonaws.com";

    public int Calls => Volatile.Read(ref _calls);

    public static async Task<AwsStandIn> Start()
    {
        var aws = new AwsStandIn();
        aws._server = await LoopbackServer.Start((_, application) => application.MapPost("/", aws.Answer));
        return aws;
    }

    /// <summary>A role whose trust policy lets the provider in.</summary>
    public void Allow(string role) => _roles[role] = true;

    public void Fail(AwsFault fault, int times = int.MaxValue) => (_fault, _times) = (fault, times);

    /// <summary>The assumed role's ARN behind an access key, or null.</summary>
    public string? Owner(string accessKeyId) => _sessions.GetValueOrDefault(accessKeyId);

    public async ValueTask DisposeAsync()
    {
        Provider.Dispose();
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }

    private async Task Answer(HttpContext context)
    {
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        switch (form["Action"].ToString())
        {
            case "AssumeRoleWithWebIdentity":
                Interlocked.Increment(ref _calls);
                await (_fault == AwsFault.None || Interlocked.Decrement(ref _times) < 0 ? Assume(context, form) : Break(context));
                break;
            case "GetCallerIdentity":
                await WhoAmI(context);
                break;
            default:
                await Refuse(context, 400, "InvalidAction", "Could not find operation for version 2011-06-15");
                break;
        }
    }

    private async Task Assume(HttpContext context, IFormCollection form)
    {
        var (role, name) = (form["RoleArn"].ToString(), form["RoleSessionName"].ToString());
        if (!SessionName().IsMatch(name))
        {
            await Refuse(context, 400, "ValidationError", $"Value '{name}' at 'roleSessionName' failed to satisfy constraint");
            return;
        }

        var seconds = int.TryParse(form["DurationSeconds"], CultureInfo.InvariantCulture, out var asked) ? asked : 3600;
        if (seconds is < 900 or > 43200)
        {
            await Refuse(context, 400, "ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
            return;
        }

        var (claims, refusal) = await Provider.Check(form["WebIdentityToken"].ToString(), Audience, TimeProvider.System.GetUtcNow());
        if (claims is not { } token)
        {
            await Refuse(context, 400, "InvalidIdentityToken", refusal!);
            return;
        }

        if (!_roles.ContainsKey(role))
        {
            await Refuse(context, 403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity");
            return;
        }

        var key = "ASIA" + RandomNumberGenerator.GetString("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16);
        var arn = role.Replace(":iam:", ":sts:", StringComparison.Ordinal)
            .Replace(":role/", ":assumed-role/", StringComparison.Ordinal) + "/" + name;
        _sessions[key] = arn;
        var expires = TimeProvider.System.GetUtcNow().AddSeconds(_fault == AwsFault.LateExpiry ? seconds + 3600 : seconds);
        await Write(context, 200, $"""
            <AssumeRoleWithWebIdentityResponse xmlns="{Namespace}"><AssumeRoleWithWebIdentityResult>
            <SubjectFromWebIdentityToken>{token.GetProperty("sub").GetString()}</SubjectFromWebIdentityToken><Audience>{Audience}</Audience>
            <AssumedRoleUser><Arn>{arn}</Arn><AssumedRoleId>AROAEXAMPLE:{name}</AssumedRoleId></AssumedRoleUser>
            <Credentials><SessionToken>{Convert.ToBase64String(RandomNumberGenerator.GetBytes(96))}</SessionToken>
            <SecretAccessKey>{Convert.ToBase64String(RandomNumberGenerator.GetBytes(30))}</SecretAccessKey>
            <Expiration>{expires.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}</Expiration><AccessKeyId>{key}</AccessKeyId></Credentials>
            </AssumeRoleWithWebIdentityResult>
            <ResponseMetadata><RequestId>c6104cbe-af31-11e0-8154-cbc7ccf896c7</RequestId></ResponseMetadata>
            </AssumeRoleWithWebIdentityResponse>
            """);
    }

    // Signatures are not checked: the access key says whose call it claims to be, which is all that a client's test asks.
    private Task WhoAmI(HttpContext context)
    {
        var key = Credential().Match(context.Request.Headers.Authorization.ToString()).Groups["key"].Value;
        return Owner(key) is { } arn
            ? Write(context, 200, $"""
                <GetCallerIdentityResponse xmlns="{Namespace}"><GetCallerIdentityResult><Arn>{arn}</Arn><UserId>AROAEXAMPLE:user</UserId>
                <Account>123456789012</Account></GetCallerIdentityResult>
                <ResponseMetadata><RequestId>01234567-89ab-cdef-0123-456789abcdef</RequestId></ResponseMetadata></GetCallerIdentityResponse>
                """)
            : Refuse(context, 403, "InvalidClientTokenId", "The security token included in the request is invalid.");
    }

    private Task Break(HttpContext context)
    {
        switch (_fault)
        {
            case AwsFault.Throttled:
                return Refuse(context, 400, "Throttling", "Rate exceeded");
            case AwsFault.KeysUnreachable:
                return Refuse(context, 400, "IDPCommunicationError", "Couldn't retrieve verification key from your identity provider");
            case AwsFault.InternalHtml:
                return Write(context, 500, "<html><title>Internal Server Error</title></html>", "text/html");
            case AwsFault.ForbiddenHtml:
                return Write(context, 403, "<html><title>Blocked by the egress proxy</title></html>", "text/html");
            case AwsFault.CutXml:
                return Write(context, 200, "<AssumeRoleWithWebIdentityResponse><Assume");
            case AwsFault.NoCredentials:
                return Write(context, 200, $"""
                    <AssumeRoleWithWebIdentityResponse xmlns="{Namespace}"><AssumeRoleWithWebIdentityResult/>
                    </AssumeRoleWithWebIdentityResponse>
                    """);
            case AwsFault.Redirect:
                context.Response.Headers.Location = Address + "/elsewhere";
                return Write(context, 302, "");
            default:
                return Assume(context, context.Request.Form);
        }
    }

    private static Task Refuse(HttpContext context, int status, string code, string message) => Write(context, status, $"""
        <ErrorResponse xmlns="{Namespace}"><Error><Type>Sender</Type><Code>{code}</Code>
        <Message>{System.Security.SecurityElement.Escape(message)}</Message></Error>
        <RequestId>c6104cbe-af31-11e0-8154-cbc7ccf896c7</RequestId></ErrorResponse>
        """);

    private static Task Write(HttpContext context, int status, string body, string type = "text/xml")
    {
        (context.Response.StatusCode, context.Response.ContentType) = (status, type);
        return context.Response.WriteAsync(body, context.RequestAborted);
    }

    [GeneratedRegex(@"^[\w+=,.@-]{2,64}\z", RegexOptions.ECMAScript, 1000)]
    private static partial Regex SessionName();

    [GeneratedRegex("Credential=(?<key>[A-Z0-9]+)/", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Credential();
}
