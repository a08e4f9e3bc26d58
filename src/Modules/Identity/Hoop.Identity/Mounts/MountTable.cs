using System.Reflection;
using Hoop.Identity.Vault;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;

namespace Hoop.Identity.Mounts;

/// <summary>The mounts as Vault answers them: each twice, under <c>data</c> and as a member of the envelope.</summary>
internal sealed class MountTable(Result<IReadOnlyDictionary<string, MountView>> result) : IResult, IEndpointMetadataProvider
{
    public Task ExecuteAsync(HttpContext httpContext)
    {
        if (!result.Succeeded(out var mounts, out var error))
        {
            return Surface.Write(httpContext, error);
        }

        var answer = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["request_id"] = VaultEnvelope.RequestId(),
            ["lease_id"] = "",
            ["renewable"] = false,
            ["lease_duration"] = 0,
            ["data"] = mounts,
            ["wrap_info"] = null,
            ["warnings"] = null,
            ["auth"] = null,
        };
        foreach (var (path, mount) in mounts)
        {
            answer[path] = mount;
        }

        return httpContext.Response.WriteAsJsonAsync(answer, httpContext.RequestAborted);
    }

    public static void PopulateMetadata(MethodInfo method, EndpointBuilder builder) =>
        ErrorMetadata.Add(builder, StatusCodes.Status200OK, typeof(VaultEnvelope<IReadOnlyDictionary<string, MountView>>));
}
