using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Http;

namespace Cmdr.Graph;

/// <summary>GraphiQL for browsers, from the assembly: no request leaves the host.</summary>
internal static class GraphiQLPage
{
    /// <summary>The folder of the assets, below the address of the page.</summary>
    internal const string Folder = "graphiql";

    private const string Page = "graphiql.html";

    // GraphiQL's dialogs set styles from script; all else is as strict as can be.
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src data:; font-src data:; connect-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static readonly FrozenDictionary<string, Asset> Assets = new[] { Page, "page.js", "page.css", "graphiql.min.js", "graphiql.min.css", "react.production.min.js", "react-dom.production.min.js" }
        .ToFrozenDictionary(name => name, Asset.Load);

    /// <summary>The page itself.</summary>
    internal static Task Serve(HttpContext context)
    {
        var folder = $"{context.Request.PathBase}{context.Request.Path}".TrimEnd('/') + "/" + Folder;
        var html = Encoding.UTF8.GetString(Assets[Page].Bytes).Replace("{assets}", HtmlEncoder.Default.Encode(folder), StringComparison.Ordinal);
        Secure(context.Response, "text/html; charset=utf-8");
        return context.Response.WriteAsync(html, context.RequestAborted);
    }

    /// <summary>A file of the page.</summary>
    internal static async Task ServeAsset(HttpContext context)
    {
        if (context.Request.RouteValues["file"] is not string name || name == Page || !Assets.TryGetValue(name, out var asset))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        Secure(context.Response, asset.Type);
        context.Response.Headers.ETag = asset.Tag;
        if (context.Request.Headers.IfNoneMatch == asset.Tag)
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        context.Response.ContentLength = asset.Bytes.Length;
        await context.Response.Body.WriteAsync(asset.Bytes, context.RequestAborted).ConfigureAwait(false);
    }

    private static void Secure(HttpResponse response, string type)
    {
        response.ContentType = type;
        response.Headers.ContentSecurityPolicy = Policy;
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers["Referrer-Policy"] = "no-referrer";
        response.Headers.CacheControl = "no-cache";
    }

    private sealed record Asset(byte[] Bytes, string Type, string Tag)
    {
        internal static Asset Load(string name)
        {
            using var stream = typeof(GraphiQLPage).Assembly.GetManifestResourceStream($"GraphiQL/{name}")!; // the project file embeds it
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            var type = Path.GetExtension(name) switch
            {
                ".js" => "text/javascript; charset=utf-8",
                ".css" => "text/css; charset=utf-8",
                _ => "text/html; charset=utf-8",
            };
            return new(bytes, type, $"\"{Convert.ToHexStringLower(SHA256.HashData(bytes)[..16])}\"");
        }
    }
}
