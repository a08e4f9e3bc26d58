using Hoop.Shared.Configuration;
using Hoop.Shared.Secrets;
using Npgsql;

namespace Hoop.PrivatePostgres;

/// <summary>
/// Who may connect: over the socket, with a password. The only role's lies beside the data, where the gateway alone reads it. Without one,
/// every process of the server's user would be let in; Debian's own PostgreSQL runs as that user too.
/// </summary>
internal sealed class ServerAccess
{
    public const string Role = "hoop";

    private const string Variable = "HOOP_DATA_DIR";
    private const string PasswordFile = "postgres-password";
    private const string RulesFile = "pg_hba.conf";
    private const string Mark = "# Written by Hoop. The role's password is ";

    private readonly string _directory;

    private ServerAccess(string directory, string password) => (_directory, Password) = (directory, password);

    public string Password { get; }

    /// <summary>False for data of an earlier version, which let everybody in, and when the password was lost.</summary>
    public bool IsSet => Present == Rules;

    /// <summary>The server asks for a password that nobody knows any more.</summary>
    public bool IsLost => !IsSet && Present.StartsWith(Mark, StringComparison.Ordinal);

    // The rules name the password that the role was given before they were written, so a start that was killed in between is noticed.
    private string Rules => $"{Mark}{Convert.ToHexStringLower(SecretHash.Of(Password)[..6])}.\nlocal all all scram-sha-256\n";

    private string Present => File.Exists(Path.Combine(_directory, RulesFile)) ? File.ReadAllText(Path.Combine(_directory, RulesFile)) : "";

    /// <summary>Reads the password of the data folder, or makes one.</summary>
    /// <exception cref="ConfigurationException">It is open to others, or cannot be written.</exception>
    public static ServerAccess Of(string folder, string directory)
    {
        var file = Path.Combine(folder, PasswordFile);
        if (OwnerOnlyFile.Read(file, Variable) is { Length: > 0 } password)
        {
            return new ServerAccess(directory, password);
        }

        try
        {
            var generated = SecretHash.Generate("").Reveal();
            OwnerOnlyFile.Write(file, generated);
            return new ServerAccess(directory, generated);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException(Variable, $"{file} cannot be written: {exception.Message}");
        }
    }

    /// <summary>While no server runs: by PostgreSQL's single-user mode, so there is no moment at which others are let in.</summary>
    public async Task SetOffline(ServerPrograms programs, CancellationToken cancellationToken)
    {
        (await programs.Feed("postgres", ["--single", "-D", ServerPrograms.Here, "postgres"], AlterRole() + "\n", cancellationToken))
            .Demand(Variable, $"the password of the PostgreSQL in {_directory} cannot be set");
        await WriteRules(programs, cancellationToken);
    }

    /// <summary>In a server that a gateway of an earlier version left running.</summary>
    public async Task SetOnline(ServerPrograms programs, NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await Run(AlterRole());
        await WriteRules(programs, cancellationToken);
        await Run("SELECT pg_reload_conf()");

        async Task Run(string sql)
        {
#pragma warning disable CA2100 // The password is made here, of base64url letters alone.
            await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    /// <summary>The one rule, in place of what initdb wrote.</summary>
    public async Task WriteRules(ServerPrograms programs, CancellationToken cancellationToken) =>
        (await programs.Write(RulesFile, Rules, cancellationToken)).Demand(Variable, $"cannot write {RulesFile}");

    private string AlterRole() => $"ALTER ROLE {Role} PASSWORD '{Password}'";
}
