using System.Diagnostics;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Identity.Tests.RealClients;

/// <summary>Debian's python3-hvac drives the store.</summary>
public sealed class HvacTests
{
    private const string Python = "/usr/bin/python3";

    [Test]
    public async Task Every_call_of_hvac_about_the_store_is_answered_as_it_expects()
    {
        if (!File.Exists(Python) || (await Run("-c", "import hvac")).Code != 0)
        {
            Assert.Ignore("python3-hvac is not installed (apt-get install python3-hvac)");
        }

        await using var gateway = await TestGateway.Start();
        var (_, admin) = await gateway.CreateOrganization("hvac");
        using var client = admin;

        var (code, output) = await Run(
            Path.Combine(AppContext.BaseDirectory, "cases", "hvac_store.py"),
            gateway.Address.ToString().TrimEnd('/'),
            client.DefaultRequestHeaders.Authorization!.Parameter!);

        TestContext.Out.WriteLine(output);
        Assert.That(code, Is.Zero, output);
        Assert.That(output, Does.Contain("answers were as they should be"));
    }

    private static async Task<(int Code, string Output)> Run(params string[] arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo(Python, arguments)
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                UseShellExecute = false,
            })!;
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(limit.Token), process.StandardError.ReadToEndAsync(limit.Token));
        try
        {
            await process.WaitForExitAsync(limit.Token);
            return (process.ExitCode, await output + await errors);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            return (-1, "python3 did not end within a minute");
        }
    }
}
