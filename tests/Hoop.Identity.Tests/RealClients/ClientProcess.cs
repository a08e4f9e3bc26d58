using System.ComponentModel;
using System.Diagnostics;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Identity.Tests.RealClients;

/// <summary>Runs clients that others wrote, with a limit on their time.</summary>
internal static class ClientProcess
{
    /// <summary>Debian's, which sees the packages of apt; another one may come first on the path.</summary>
    public const string Python = "/usr/bin/python3";

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(4);

    /// <summary>The folder of the scripts of one kind of client, beside the tests.</summary>
    public static string Folder(string kind) => Path.Combine(TestContext.CurrentContext.TestDirectory, "RealClients", kind);

    /// <summary>Skips the test, with what is missing and how to get it, when a client is not there.</summary>
    public static async Task Needs(string what, string program, params string[] arguments)
    {
        if (await Run(program, arguments) is { Code: not 0 } gone)
        {
            Assert.Ignore($"{what}: {gone.Output.Trim()}");
        }
    }

    public static Task<(int Code, string Output)> Run(string program, params string[] arguments) =>
        Run(program, arguments, folder: null, new Dictionary<string, string>());

    /// <returns>-1 when the program is not there or does not end in time.</returns>
    public static async Task<(int Code, string Output)> Run(
        string program, string[] arguments, string? folder, IReadOnlyDictionary<string, string> environment)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = folder ?? "",
        };
        // A token of the one who runs the tests is none of theirs.
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("VAULT_", StringComparison.Ordinal)).ToList())
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (Win32Exception exception)
        {
            return (-1, exception.Message);
        }

        using (process)
        {
            using var limit = new CancellationTokenSource(Limit);
            var (output, errors) = (process.StandardOutput.ReadToEndAsync(limit.Token), process.StandardError.ReadToEndAsync(limit.Token));
            try
            {
                await process.WaitForExitAsync(limit.Token);
                return (process.ExitCode, await output + await errors);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                return (-1, $"{program} did not end within {Limit.TotalMinutes} minutes");
            }
        }
    }

    /// <summary>Runs a playbook of this machine against a gateway; its output when it succeeds.</summary>
    /// <param name="variables">JSON.</param>
    /// <param name="token">Null: the playbook signs in itself.</param>
    public static async Task<string> Play(string playbook, string variables, TestGateway gateway, string? token = null)
    {
        var home = Directory.CreateTempSubdirectory("hoop-ansible-").FullName;
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["HOME"] = home,
            ["ANSIBLE_LOCALHOST_WARNING"] = "false",
            ["ANSIBLE_LOCAL_TEMP"] = home,
            ["ANSIBLE_NOCOLOR"] = "1",
            ["ANSIBLE_REMOTE_TEMP"] = home,
            ["ANSIBLE_PYTHON_INTERPRETER"] = Python,
            ["VAULT_ADDR"] = gateway.Address.ToString().TrimEnd('/'),
            ["LC_ALL"] = "C.UTF-8",
        };
        if (token is not null)
        {
            environment["VAULT_TOKEN"] = token;
        }

        try
        {
            string[] arguments = ["--inventory", "localhost,", "--connection", "local", "--extra-vars", variables, playbook];
            var (code, output) = await Run("ansible-playbook", arguments, Folder("ansible"), environment);
            TestContext.Out.WriteLine(output);
            Assert.That(code, Is.Zero, output);
            return output;
        }
        finally
        {
            Directory.Delete(home, recursive: true);
        }
    }

    /// <summary>Address and token of a gateway's organization, as the clients take them.</summary>
    public static string[] Coordinates(TestGateway gateway, HttpClient admin) =>
        [gateway.Address.ToString().TrimEnd('/'), admin.DefaultRequestHeaders.Authorization!.Parameter!];

    /// <summary>The organization's first API token acts as a new entity from now on, so that identity tokens can be made with it.</summary>
    public static async Task GiveEntity(HttpClient admin, string name)
    {
        var entity = await admin.Post("/v1/identity/entity", new { name });
        var alias = await admin.Post("/v1/identity/entity-alias", new
        {
            name = (await admin.Get("/api/api-tokens")).Body[0].GetProperty("id").GetString(),
            mount_accessor = (await admin.Get("/v1/sys/auth/token"))["data"].GetProperty("accessor").GetString(),
            canonical_id = entity["data"].GetProperty("id").GetString(),
        });
        Assert.That(alias.Response.IsSuccessStatusCode, alias.Body.ToString());
    }

    public static void AssertWell((int Code, string Output) ended)
    {
        TestContext.Out.WriteLine(ended.Output);
        Assert.That(ended.Code, Is.Zero, ended.Output);
        Assert.That(ended.Output, Does.Contain("answers were as they should be"));
    }
}
