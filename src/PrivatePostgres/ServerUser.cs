using Hoop.Shared.Configuration;

namespace Hoop.PrivatePostgres;

/// <summary>
/// The user that the server runs as. PostgreSQL refuses root, so a gateway that is root lends it an unprivileged one, with none of
/// root's capabilities; any other gateway is that user itself.
/// </summary>
/// <param name="Name">Null: the gateway's own user.</param>
/// <param name="Group">The number of the user's primary group.</param>
internal sealed record ServerUser(string? Name, string? Group)
{
    private static readonly string[] Unprivileged = ["postgres", "nobody"];

    /// <summary>What stands before a program so that it runs as this user.</summary>
    public string[] Prefix =>
        Name is null ? [] : ["setpriv", $"--reuid={Name}", $"--regid={Group}", "--init-groups", "--no-new-privs", "--"];

    /// <summary>
    /// The owner of the data where there is data, so that a folder which a user made also works for root; otherwise the machine's
    /// usual one.
    /// </summary>
    /// <exception cref="ConfigurationException">The gateway is root, and the machine has nobody to lend, or no means to.</exception>
    public static async Task<ServerUser> Choose(string directory, CancellationToken cancellationToken)
    {
        if (!Environment.IsPrivilegedProcess)
        {
            return new ServerUser(null, null);
        }

        if ((await Command.Run(["setpriv", "--version"], cancellationToken)).ExitCode != 0)
        {
            throw new ConfigurationException(
                "HOOP_DATABASE_URL",
                "is not set, and PostgreSQL cannot run as root without setpriv; install util-linux, or start the gateway as another user");
        }

        var owner = Directory.Exists(directory)
            ? (await Command.Run(["stat", "-c", "%U", directory], cancellationToken)).Output.Trim()
            : null;
        foreach (var name in owner is null or "root" or "UNKNOWN" ? Unprivileged : [owner])
        {
            var group = await Command.Run(["id", "-g", name], cancellationToken);
            if (group.ExitCode == 0)
            {
                var user = new ServerUser(name, group.Output.Trim());
                await (owner is "root" or "UNKNOWN" ? user.Own(directory, cancellationToken) : Task.CompletedTask);
                return user;
            }
        }

        throw new ConfigurationException(
            "HOOP_DATABASE_URL",
            "is not set, and PostgreSQL cannot run as root; create a user named postgres, or start the gateway as another user");
    }

    /// <summary>Makes an empty directory that is this user's alone.</summary>
    public async Task CreateDirectory(string directory, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        await Own(directory, cancellationToken);
    }

    // Of data, this is needed after root restored it from a backup, or after the machine forgot its owner.
    private async Task Own(string directory, CancellationToken cancellationToken)
    {
        if (Name is not null)
        {
            (await Command.Run(["chown", "-hR", $"{Name}:{Group}", directory], cancellationToken)).Demand(
                "HOOP_DATA_DIR", $"cannot give {directory} to the user {Name}");
        }
    }
}
