# ENVIRONMENT:/PATH, or WORKSPACE_ID:ENVIRONMENT:/PATH
terraform import infisical_folder.app staging:/app
