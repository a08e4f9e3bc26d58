using Hoop.Identity.Contracts;
using Hoop.Shared.Configuration;
using Hoop.Shared.Data;
using Hoop.Shared.Secrets;
using MediatR;

namespace Hoop.Host.Startup;

/// <summary>Where the operator finds the token that is valid now; told by the banner.</summary>
/// <param name="File">The file that holds it; null when it is in <c>HOOP_ADMIN_TOKEN</c>, or known elsewhere alone.</param>
/// <param name="IsGiven">It is the value of <c>HOOP_ADMIN_TOKEN</c>.</param>
internal sealed record OperatorToken(string? File, bool IsGiven);

/// <summary>
/// The operator's token: given by <c>HOOP_ADMIN_TOKEN</c>, or written into the data folder's file by hand, or generated once into that
/// file. One that was replaced never comes back, whichever gateway starts with what: people replace tokens because they leaked.
/// </summary>
internal static class BootstrapAdmin
{
    private const string Agreed = "operator_token";

    public static async Task<OperatorToken> Ensure(IServiceProvider services, CancellationToken cancellationToken)
    {
        var options = services.GetRequiredService<GatewayOptions>();
        var logger = services.GetRequiredService<ILogger<GatewayOptions>>();
        var file = Path.Combine(options.DataDirectory, "admin-token");
        await using var scope = services.CreateAsyncScope();
        var sender = scope.ServiceProvider.GetRequiredService<ISender>();
        await using var agreement = await services.GetRequiredService<Agreements>().Begin(Agreed, cancellationToken);

        if (options.AdminToken is { } given)
        {
            if (agreement.ReplacedAt(Fingerprint(given)) is { } replaced)
            {
                throw new ConfigurationException(
                    "HOOP_ADMIN_TOKEN",
                    $"this token was replaced on {replaced:yyyy-MM-dd HH:mm} UTC and is not accepted again; set the present one, or a new one");
            }

            await Set(given);
            RemoveStale(file, given, logger);
            return new OperatorToken(File: null, IsGiven: true);
        }

        if (OwnerOnlyFile.Read(file, "HOOP_DATA_DIR") is { Length: > 0 } kept)
        {
            if (agreement.ReplacedAt(Fingerprint(kept)) is null)
            {
                await Set(OperatorTokenText.Check(kept, file));
                return new OperatorToken(file, IsGiven: false);
            }

            logger.LogWarning("{File} holds an operator token that was replaced; it is ignored, delete the file", file);
        }

        if ((await sender.Send(new EnsureBootstrap(AdminToken: null), cancellationToken)).HasToken)
        {
            return new OperatorToken(File: null, IsGiven: false);
        }

        // The file comes first: a token that was stored and then not written down would be known to nobody.
        var generated = SecretHash.Generate("hpk_").Reveal();
        SaveIn(file, generated);
        await Set(generated);
        return new OperatorToken(file, IsGiven: false);

        async Task Set(string token)
        {
            await sender.Send(new EnsureBootstrap(token), cancellationToken);
            await agreement.Agree(Fingerprint(token), cancellationToken);
        }
    }

    private static void SaveIn(string file, string token)
    {
        try
        {
            OwnerOnlyFile.Write(file, token);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException(
                "HOOP_ADMIN_TOKEN",
                $"is not set, and a new token cannot be written to {file}: {exception.Message}; set it, or make HOOP_DATA_DIR writable");
        }
    }

    // A file with another token would only mislead: people would read a token from it that no longer works.
    private static void RemoveStale(string file, string given, ILogger logger)
    {
        try
        {
            if (File.Exists(file) && File.ReadAllText(file).Trim() != given)
            {
                File.Delete(file);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            logger.LogWarning("{File} holds another token than HOOP_ADMIN_TOKEN and cannot be removed: {Reason}", file, exception.Message);
        }
    }

    private static string Fingerprint(string token) => Convert.ToHexStringLower(SecretHash.Of(token)[..8]);
}
