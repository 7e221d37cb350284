# ENVIRONMENT:/FOLDER:SOURCE_ENVIRONMENT:/SOURCE/FOLDER, or the same with WORKSPACE_ID: before it
terraform import infisical_secret_import.app dev:/app:prod:/app
