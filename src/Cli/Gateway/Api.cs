using System.Globalization;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using System.Text.Json.Nodes;
using Hoop.Cli.Configuration;
using Hoop.Client;
using Hoop.Client.Tokens;
using Hoop.Client.Wire;

namespace Hoop.Cli.Gateway;

/// <summary>
/// The gateway's API as commands use it: the calls of Hoop.Client, with what people are told when they go wrong. What a command shows as
/// JSON is the answer as it came.
/// </summary>
/// <param name="patience">How long to wait for an answer.</param>
/// <param name="debug">Is told each request and its status.</param>
/// <param name="waiting">Is told when an answer takes long.</param>
/// <param name="warn">Is told what the user should know about the sign-in.</param>
internal sealed class Api(
    Settings settings, TimeSpan patience, Action<string>? debug, Action<string>? waiting, Action<string>? warn = null)
{
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(3);

    /// <summary>The typed calls, as any program has them.</summary>
    public HoopClient Client => field ??= new HoopClient(Wire);

    private HoopConnection Wire => field ??= new HoopConnection(
        Connection.Options(settings, patience, debug) with { Tokens = new CommandTokens(Token) });

    public async Task<Answer> Get(string path, CancellationToken stop) => (await Send(HttpMethod.Get, path, body: null, stop)).OrFail();

    /// <summary>Null when there is no such resource.</summary>
    public async Task<Answer?> Find(string path, CancellationToken stop)
    {
        var answer = await Send(HttpMethod.Get, path, body: null, stop);
        return answer.Status == System.Net.HttpStatusCode.NotFound ? null : answer.OrFail();
    }

    public async Task<Answer> Post(string path, JsonObject body, CancellationToken stop) =>
        (await Send(HttpMethod.Post, path, body, stop)).OrFail();

    /// <param name="ifMatch">The revision that the caller has seen; null for any.</param>
    public async Task<Answer> Put(string path, JsonObject body, CancellationToken stop, string? ifMatch = null) =>
        (await Send(HttpMethod.Put, path, body, stop, ifMatch)).OrFail();

    public async Task<Answer> Delete(string path, CancellationToken stop) =>
        (await Send(HttpMethod.Delete, path, body: null, stop)).OrFail();

    /// <summary>One request, whatever the gateway answers.</summary>
    /// <param name="path">From <c>/api</c> on; parts that come from elsewhere went through <see cref="Segment"/>.</param>
    /// <exception cref="CliFailure">No answer came, or there is no token.</exception>
    public Task<Answer> Send(HttpMethod method, string path, JsonObject? body, CancellationToken stop, string? ifMatch = null) =>
        Send(method, path, ContentOf(body), stop, ifMatch);

    /// <summary>As the other, with a body of any kind, which is disposed of.</summary>
    public async Task<Answer> Send(
        HttpMethod method, string path, HttpContent? content, CancellationToken stop, string? ifMatch = null) =>
        await Send(method, path, content, await Token(stop), stop, ifMatch);

    /// <summary>GET with a token that is to be tried before it is kept.</summary>
    public async Task<Answer> GetWith(string token, string path, CancellationToken stop) =>
        (await Send(HttpMethod.Get, path, content: null, token, stop)).OrFail();

    /// <summary>GET of what is told to everybody.</summary>
    public async Task<Answer> GetOpen(string path, CancellationToken stop) =>
        (await Send(HttpMethod.Get, path, content: null, token: null, stop)).OrFail();

    /// <summary>POST without a token: what signs in.</summary>
    public Task<Answer> SendOpen(string path, JsonObject body, CancellationToken stop) =>
        Send(HttpMethod.Post, path, ContentOf(body), token: null, stop);

    /// <summary>As it, of any method and with any answer.</summary>
    public Task<Answer> SendOpen(HttpMethod method, string path, CancellationToken stop) =>
        Send(method, path, content: null, token: null, stop);

    private static StringContent? ContentOf(JsonObject? body) =>
        body is null ? null : new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");

    /// <summary>Whether the gateway takes this token.</summary>
    public async Task<bool> Takes(string token, CancellationToken stop)
    {
        var legal = token.Length > 0 && !token.AsSpan().ContainsAnyExceptInRange('!', '~');
        if (!legal)
        {
            return false;
        }

        var answer = await Send(HttpMethod.Get, "/api/userinfo", content: null, token, stop);
        return Refusal.IsForNow(answer) ? throw Refusal.Of(answer) : answer.Status != System.Net.HttpStatusCode.Unauthorized;
    }

    /// <summary>What to prove ourselves with: the configured token, or that of the sign-in, replaced before it ends.</summary>
    /// <exception cref="CliFailure">There is none.</exception>
    public async Task<string> Token(CancellationToken stop)
    {
        if (settings.Token is { } token)
        {
            return token;
        }

        return settings.Session is { } path && new SessionFile(path) is { Exists: true } session
            ? await new SessionTokens(
                session, (body, cancel) => SendOpen("/api/signin", body, cancel), warn, TimeProvider.System).Token(stop)
            : throw new CliFailure(
                "not signed in: no token is configured. Run: hoop login, or hoop config create --api-url URL --token-file FILE, "
                    + "or set HOOP_TOKEN");
    }

    private async Task<Answer> Send(
        HttpMethod method, string path, HttpContent? content, string? token, CancellationToken stop, string? ifMatch = null)
    {
        var notice = $"waiting for {settings.Authority}, up to {Seconds} s; Ctrl-C ends it";
        await using var patient = new Timer(_ => waiting?.Invoke(notice), null, Silence, Timeout.InfiniteTimeSpan);
        return await Told(async () =>
        {
            var call = new HoopCall(method, path) { Content = content, IfMatch = ifMatch, Token = token, IsOpen = token is null };
            var answer = await Wire.Send(call, stop);
            return answer.Location is { } elsewhere
                ? throw new CliFailure(
                    $"{answer.Address} redirects to {elsewhere}, and the token does not follow: set api_url (HOOP_APIURL) to the gateway "
                        + "itself")
                : Of(answer, token);
        });
    }

    /// <summary>A typed call, with its failures as people are told them.</summary>
    public async Task<T> Typed<T>(Func<HoopClient, Task<T>> call)
    {
        var notice = $"waiting for {settings.Authority}, up to {Seconds} s; Ctrl-C ends it";
        await using var patient = new Timer(_ => waiting?.Invoke(notice), null, Silence, Timeout.InfiniteTimeSpan);
        return await Told(() => call(Client));
    }

    private async Task<T> Told<T>(Func<Task<T>> call)
    {
        try
        {
            return await call();
        }
        catch (HoopUnreachableException silence) when (silence.InnerException is HttpRequestException exception)
        {
            throw new CliFailure(Explain(exception));
        }
        catch (HoopUnreachableException)
        {
            throw new CliFailure(
                $"{settings.Authority} did not answer within {Seconds} s: is the gateway healthy? Wait longer with --timeout SECONDS");
        }
        catch (HoopRefusedException refused) when (refused.Answer is { } answer)
        {
            throw Refusal.Of(Of(answer, settings.Token ?? ""));
        }
        catch (HoopException failure)
        {
            throw new CliFailure(failure.Message);
        }
    }

    private Answer Of(HoopAnswer answer, string? token) => new(
        answer.Method,
        answer.Address,
        answer.Status,
        answer.Text,
        token is null ? "no token" : TokenFacts.Describe(token, settings.TokenSource, TimeProvider.System.GetUtcNow()),
        answer.NextCursor,
        answer.RetryAfter);

    private string Seconds => patience.TotalSeconds.ToString("F0", CultureInfo.InvariantCulture);

    /// <summary>A name as one segment of a path.</summary>
    /// <exception cref="CliFailure">It cannot be one.</exception>
    public static string Segment(string name) => name switch
    {
        "" => throw new CliFailure("a name is empty"),
        "." or ".." => throw new CliFailure($"\"{name}\" is not a name"),
        _ when name.AsSpan().ContainsAny('/', '\\', '\0') =>
            throw new CliFailure($"\"{name}\": a name with a slash cannot be part of an address"),
        _ => Uri.EscapeDataString(name),
    };

    private string Explain(HttpRequestException exception) => exception switch
    {
        { InnerException: SocketException { SocketErrorCode: SocketError.ConnectionRefused } } =>
            $"cannot reach {settings.Authority}: is the gateway running?",
        { HttpRequestError: HttpRequestError.NameResolutionError } =>
            $"cannot reach {settings.Authority}: its name is unknown; is api_url (HOOP_APIURL) right?",
        { HttpRequestError: HttpRequestError.SecureConnectionError } or { InnerException: AuthenticationException } =>
            $"no secure connection to {settings.Authority}: {TlsProblem(exception.InnerException?.Message ?? "")}",
        { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded } =>
            $"the answer of {settings.Authority} is larger than {HoopHttp.LargestAnswer >> 20} MiB",
        { HttpRequestError: HttpRequestError.InvalidResponse } =>
            $"{settings.Authority} does not speak HTTP: is api_url (HOOP_APIURL) right, and is it https?",
        { HttpRequestError: HttpRequestError.ResponseEnded } =>
            $"{settings.Authority} closed the connection before it had answered: is the gateway healthy, and is it https?",
        _ => $"cannot reach {settings.Authority}: {exception.InnerException?.Message ?? exception.Message}",
    };

    /// <summary>The framework tells what was wrong with a certificate in its message alone.</summary>
    private static string TlsProblem(string message) =>
        message.Contains("RemoteCertificateNameMismatch", StringComparison.Ordinal) ? "its certificate is for another name"
        : message.Contains("UntrustedRoot", StringComparison.Ordinal) || message.Contains("PartialChain", StringComparison.Ordinal)
            ? "its certificate is signed by an authority that is not trusted here. A private authority is trusted by hoop config "
                + "create --tls-ca FILE"
        : message.Contains("NotTimeValid", StringComparison.Ordinal) ? "its certificate has expired, or is not valid yet"
        : message.Contains("RemoteCertificate", StringComparison.Ordinal)
            || message.Contains("certificate", StringComparison.Ordinal) ? $"its certificate is not accepted: {message}"
        : "the other side does not speak TLS; is its address http://... ?";
}

/// <summary>The token of a command, found when the first call needs it.</summary>
internal sealed class CommandTokens(Func<CancellationToken, Task<string>> token) : IHoopTokens
{
    public async ValueTask<string> Token(CancellationToken cancellationToken) => await token(cancellationToken);
}
