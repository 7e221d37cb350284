package provider

import (
	"context"
	"encoding/base64"
	"regexp"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

// secretNameValidator refuses names that the server cannot hold.
type secretNameValidator struct{}

func (secretNameValidator) Description(context.Context) string {
	return "a name that the server can hold: not empty, no slash, no white space around it, at most 100 UTF-16 units"
}

func (v secretNameValidator) MarkdownDescription(ctx context.Context) string {
	return v.Description(ctx)
}

func (secretNameValidator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if err := secrets.CheckName(req.ConfigValue.ValueString()); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid Secret Name",
			"The server cannot hold a secret of this name: "+err.Error()+".\n\nChoose another name.")
	}
}

// folderNameValidator refuses names that the server fails on or loses.
type folderNameValidator struct{}

func (folderNameValidator) Description(context.Context) string {
	return "a name of letters, digits, dash and underscore"
}

func (v folderNameValidator) MarkdownDescription(ctx context.Context) string {
	return v.Description(ctx)
}

func (folderNameValidator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if err := secrets.CheckFolderName(req.ConfigValue.ValueString()); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid Folder Name",
			"The server cannot hold a folder of this name: "+err.Error()+".\n\nChoose another name. Folders above it go into parent_path.")
	}
}

// base64Validator refuses what is no standard padded base64, and does not quote
// it: the attribute is sensitive.
type base64Validator struct{}

func (base64Validator) Description(context.Context) string { return "standard base64 with padding" }

func (v base64Validator) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (base64Validator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if !isStrictBase64(req.ConfigValue.ValueString()) {
		// No path: Terraform would print the line that holds the value.
		resp.Diagnostics.AddError("Invalid Base64", req.Path.String()+" is not standard base64 with padding and without line breaks (RFC 4648, section 4).\n\n"+
			"Terraform's base64encode and filebase64 write it so; trimspace removes a line break at the end.")
	}
}

// isStrictBase64: the decoder skips line breaks, and what is read back has none.
func isStrictBase64(text string) bool {
	_, err := base64.StdEncoding.Strict().DecodeString(text)
	return err == nil && !strings.ContainsAny(text, "\r\n")
}

// trimmedValidator refuses white space that the server drops.
type trimmedValidator struct{}

func (trimmedValidator) Description(context.Context) string { return "no white space around it" }

func (v trimmedValidator) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (trimmedValidator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if secrets.HasOuterSpace(req.ConfigValue.ValueString()) {
		resp.Diagnostics.AddAttributeError(req.Path, "White Space Around Text",
			req.Path.String()+" begins or ends with white space, which the server drops.\n\nRemove it.")
	}
}

// printableValidator refuses in a text that plans show what a terminal obeys.
type printableValidator struct{}

func (printableValidator) Description(context.Context) string { return "no control characters" }

func (v printableValidator) MarkdownDescription(ctx context.Context) string {
	return v.Description(ctx)
}

func (printableValidator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if err := secrets.CheckText(req.ConfigValue.ValueString()); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, "Unprintable Text", req.Path.String()+" cannot be used: "+err.Error()+".\n\nRemove it.")
	}
}

// regexpValidator refuses what is no regular expression of Go, which is RE2.
type regexpValidator struct{}

func (regexpValidator) Description(context.Context) string { return "a regular expression (RE2)" }

func (v regexpValidator) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (regexpValidator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if _, err := regexp.Compile(req.ConfigValue.ValueString()); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid Regular Expression",
			req.Path.String()+" is no regular expression (RE2): "+err.Error()+".\n\nIn particular, RE2 has no look-around and no back-references.")
	}
}

// folderPathValidator refuses paths that the server answers with a failure.
type folderPathValidator struct{}

func (folderPathValidator) Description(context.Context) string {
	return "a folder path such as / or /app/db"
}

func (v folderPathValidator) MarkdownDescription(ctx context.Context) string {
	return v.Description(ctx)
}

func (folderPathValidator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if _, err := secrets.CanonicalPath(req.ConfigValue.ValueString()); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid Folder Path",
			req.Path.String()+" cannot be used: "+err.Error()+".\n\nWrite it as / or /app/db.")
	}
}

// notEmptyValidator refuses the empty text, which would silently mean "default".
type notEmptyValidator struct{}

func (notEmptyValidator) Description(context.Context) string { return "not empty" }

func (v notEmptyValidator) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (notEmptyValidator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if !req.ConfigValue.IsNull() && !req.ConfigValue.IsUnknown() && req.ConfigValue.ValueString() == "" {
		resp.Diagnostics.AddAttributeError(req.Path, "Empty Attribute",
			req.Path.String()+" is empty.\n\nSet it, or leave it out (null) to use the default.")
	}
}

// missingReferenceValidator refuses a choice that nothing asks for.
type missingReferenceValidator struct{}

func (missingReferenceValidator) Description(context.Context) string {
	return "only with expand_references = true"
}

func (v missingReferenceValidator) MarkdownDescription(ctx context.Context) string {
	return v.Description(ctx)
}

func (missingReferenceValidator) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	refuseWithoutExpansion(ctx, req, resp, "says what becomes of references that lead nowhere")
}

// referencesWithinValidator refuses a bound of nothing.
type referencesWithinValidator struct{ missingReferenceValidator }

func (referencesWithinValidator) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	refuseWithoutExpansion(ctx, req, resp, "says how far references may lead")
}

func refuseWithoutExpansion(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse, says string) {
	if req.ConfigValue.IsNull() {
		return
	}
	var expand types.Bool
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, req.Path.ParentPath().AtName("expand_references"), &expand)...)
	if expand.IsUnknown() || expand.ValueBool() {
		return
	}
	resp.Diagnostics.AddAttributeError(req.Path, "References Are Not Expanded",
		req.Path.String()+" "+says+", and without expand_references = true no reference is looked at: values come as they are stored.\n\n"+
			"Set expand_references = true, or leave it out.")
}
