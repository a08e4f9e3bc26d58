using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.RealProviders;

/// <summary>
/// A person at the provider's own pages: a real browser (Debian's Chromium, driven by Playwright), or plain HTTP where the machine has
/// none.
/// </summary>
internal static partial class SignInPages
{
    /// <returns>What the last page says.</returns>
    public static async Task<string> SignIn(string address, string login, string? code = null)
    {
        if (NodePrograms.Chromium is { } chromium)
        {
            return await ByBrowser(chromium, address, login, code);
        }

        await TestContext.Out.WriteLineAsync("no Chromium on this machine: the pages are filled in by plain HTTP");
        return await ByHttp(new Uri(address), login, code);
    }

    private static async Task<string> ByBrowser(string chromium, string address, string login, string? code)
    {
        var start = NodePrograms.Script(
            await NodePrograms.Folder(), "browser.mjs", code is null ? [address, login] : [address, login, code]);
        start.Environment["TEST_CHROMIUM"] = chromium;
        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(90));
        try
        {
            var (output, error) = (process.StandardOutput.ReadToEndAsync(limit.Token), process.StandardError.ReadToEndAsync(limit.Token));
            await process.WaitForExitAsync(limit.Token);
            Assert.That(process.ExitCode, Is.Zero, await output + await error);
            return await output;
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    /// <summary>Submits each page's form until the provider has nothing more to ask.</summary>
    public static async Task<string> ByHttp(Uri address, string login, string? code = null)
    {
        using var handler = new HttpClientHandler { CookieContainer = new CookieContainer(), AllowAutoRedirect = true };
        using var http = new HttpClient(handler);
        var response = await http.GetAsync(address);
        for (var step = 0; step < 8; step++)
        {
            var page = await response.Content.ReadAsStringAsync();
            if (Form().Match(page) is not { Success: true } form)
            {
                return page;
            }

            var fields = Input().Matches(form.Groups["fields"].Value)
                .Select(input => (Name: Attribute(input.Value, "name"), Value: Attribute(input.Value, "value") ?? ""))
                .Where(input => input.Name is not null)
                .Select(input => KeyValuePair.Create(input.Name!, input.Name switch
                {
                    "login" => login,
                    "password" => "x",
                    "user_code" when code is not null => code,
                    _ => WebUtility.HtmlDecode(input.Value),
                }))
                .DistinctBy(field => field.Key)
                .ToList();
            var action = WebUtility.HtmlDecode(Attribute(form.Groups["tag"].Value, "action") ?? "");
            var target = new Uri(response.RequestMessage!.RequestUri!, action);
            response = await http.PostAsync(target, new FormUrlEncodedContent(fields));
        }

        return await response.Content.ReadAsStringAsync();
    }

    private static string? Attribute(string tag, string name) => Attributes().Matches(tag)
        .FirstOrDefault(found => found.Groups["name"].Value == name)?.Groups["value"].Value;

    [GeneratedRegex("<form(?<tag>[^>]*)>(?<fields>.*?)</form>", RegexOptions.Singleline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Form();

    [GeneratedRegex("<input[^>]*>", RegexOptions.None, 1000)]
    private static partial Regex Input();

    [GeneratedRegex("(?<name>[a-z-]+)=\"(?<value>[^\"]*)\"", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Attributes();
}
